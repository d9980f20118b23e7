/** Regulations and standards whose engineering side the profiles cover. Not legal advice. */
export enum Regulation {
  /** General Data Protection Regulation (EU) 2016/679. */
  Gdpr = "gdpr",
  /** California Consumer Privacy Act, as amended by the CPRA, with its regulations. */
  Ccpa = "ccpa",
  /** HIPAA security rule, 45 CFR part 164. */
  Hipaa = "hipaa",
  /** EU Artificial Intelligence Act, Regulation (EU) 2024/1689. */
  EuAiAct = "eu-ai-act",
  /** Payment Card Industry Data Security Standard 4.0.1. */
  PciDss = "pci-dss",
  /** Trust Services Criteria of 2017 (revised 2022), which SOC 2 reports are about. */
  Soc2 = "soc-2",
}
