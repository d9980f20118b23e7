import { Regulation } from "./regulation";

/** What a control is about. */
export enum ControlArea {
  Access = "access",
  Encryption = "encryption",
  Integrity = "integrity",
  Logging = "logging",
  Retention = "retention",
  Transmission = "transmission",
}

/** One requirement of a regulation, as engineering reads it. */
export interface Control {
  /** Stable id, such as `hipaa-audit-controls`. */
  id: string;
  regulation: Regulation;
  /** Article or section that it comes from. */
  article: string;
  area: ControlArea;
  /** What a system must do. */
  requires: string;
}

/** How long records of one kind are kept under a regulation. */
export interface Retention {
  regulation: Regulation;
  article: string;
  /** Days at least. */
  minimumDays: number;
  records: "audit-log" | "request-log" | "documentation";
  note?: string;
}

const years = (count: number) => Math.ceil(count * 365.25);

/** Controls by regulation. Engineering reading of the texts named in `article`; not legal advice. */
export const controls: readonly Control[] = [
  {
    id: "hipaa-access-control",
    regulation: Regulation.Hipaa,
    article: "45 CFR 164.312(a)(1)",
    area: ControlArea.Access,
    requires: "Only persons and programs that were granted access reach the data.",
  },
  {
    id: "hipaa-encryption-at-rest",
    regulation: Regulation.Hipaa,
    article: "45 CFR 164.312(a)(2)(iv)",
    area: ControlArea.Encryption,
    requires: "Stored data is encrypted.",
  },
  {
    id: "hipaa-audit-controls",
    regulation: Regulation.Hipaa,
    article: "45 CFR 164.312(b)",
    area: ControlArea.Logging,
    requires: "Activity is recorded and can be examined.",
  },
  {
    id: "hipaa-integrity",
    regulation: Regulation.Hipaa,
    article: "45 CFR 164.312(c)",
    area: ControlArea.Integrity,
    requires: "Records cannot be altered or destroyed improperly.",
  },
  {
    id: "hipaa-transmission-security",
    regulation: Regulation.Hipaa,
    article: "45 CFR 164.312(e)",
    area: ControlArea.Transmission,
    requires: "Data in transit is protected.",
  },
  {
    id: "hipaa-retention",
    regulation: Regulation.Hipaa,
    article: "45 CFR 164.316(b)(2)(i)",
    area: ControlArea.Retention,
    requires: "Required documentation is kept six years; by common practice audit logs are too.",
  },
  {
    id: "gdpr-integrity-confidentiality",
    regulation: Regulation.Gdpr,
    article: "GDPR Art. 5(1)(f)",
    area: ControlArea.Integrity,
    requires: "Personal data is protected against unlawful processing, loss and damage.",
  },
  {
    id: "gdpr-storage-limitation",
    regulation: Regulation.Gdpr,
    article: "GDPR Art. 5(1)(e)",
    area: ControlArea.Retention,
    requires: "Personal data is deleted when it is no longer needed.",
  },
  {
    id: "gdpr-by-default",
    regulation: Regulation.Gdpr,
    article: "GDPR Art. 25",
    area: ControlArea.Access,
    requires: "By default, data is open to nobody who was not granted access.",
  },
  {
    id: "gdpr-security-of-processing",
    regulation: Regulation.Gdpr,
    article: "GDPR Art. 32",
    area: ControlArea.Encryption,
    requires: "Data is encrypted, at rest and in transit.",
  },
  {
    id: "ccpa-request-records",
    regulation: Regulation.Ccpa,
    article: "11 CCR 7101",
    area: ControlArea.Retention,
    requires: "Records of consumer requests are kept 24 months.",
  },
  {
    id: "ccpa-audit-evidence",
    regulation: Regulation.Ccpa,
    article: "CCPA regulations of 2026-01-01",
    area: ControlArea.Retention,
    requires: "Documents of cybersecurity audits are kept five years.",
  },
  {
    id: "eu-ai-act-event-logs",
    regulation: Regulation.EuAiAct,
    article: "AI Act Art. 12",
    area: ControlArea.Logging,
    requires: "A high-risk system records events automatically over its lifetime.",
  },
  {
    id: "eu-ai-act-log-retention",
    regulation: Regulation.EuAiAct,
    article: "AI Act Art. 19 and 26(6)",
    area: ControlArea.Retention,
    requires: "Provider and deployer keep the logs for six months at least.",
  },
];

/** Retention minimums by regulation. */
export const retentions: readonly Retention[] = [
  {
    regulation: Regulation.Hipaa,
    article: "45 CFR 164.316(b)(2)(i)",
    minimumDays: years(6),
    records: "audit-log",
    note: "the text is about documentation; six years for audit logs is common practice",
  },
  { regulation: Regulation.Ccpa, article: "11 CCR 7101", minimumDays: years(2), records: "request-log" },
  {
    regulation: Regulation.Ccpa,
    article: "CCPA regulations of 2026-01-01",
    minimumDays: years(5),
    records: "audit-log",
    note: "documents of cybersecurity audits, of which audit logs are the evidence",
  },
  { regulation: Regulation.EuAiAct, article: "AI Act Art. 19 and 26(6)", minimumDays: 184, records: "audit-log" },
];

/** The longest minimum that any of the regulations sets for audit logs; undefined where none sets one. */
export function auditLogRetention(regulations: readonly Regulation[]): Retention | undefined {
  return retentions
    .filter((row) => row.records === "audit-log" && regulations.includes(row.regulation))
    .reduce<Retention | undefined>(
      (most, row) => (!most || row.minimumDays > most.minimumDays ? row : most),
      undefined,
    );
}
