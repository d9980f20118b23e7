/** Regulations whose engineering side the profiles cover. Not legal advice. */
export enum Regulation {
  /** General Data Protection Regulation (EU) 2016/679. */
  Gdpr = "gdpr",
  /** California Consumer Privacy Act with its regulations. */
  Ccpa = "ccpa",
  /** HIPAA security rule, 45 CFR part 164. */
  Hipaa = "hipaa",
  /** EU Artificial Intelligence Act, Regulation (EU) 2024/1689. */
  EuAiAct = "eu-ai-act",
}
