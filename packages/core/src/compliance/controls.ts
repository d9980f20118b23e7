import { Regulation } from "./regulation";
import { Requirement } from "./requirement";

/** What a control is about. */
export enum ControlArea {
  Access = "access",
  Encryption = "encryption",
  Integrity = "integrity",
  Logging = "logging",
  Residency = "residency",
  Retention = "retention",
  Transmission = "transmission",
}

/** One requirement of a regulation, as engineering reads it. */
export interface Control {
  /** Stable id, such as `hipaa-audit-controls`; begins with the regulation's. */
  id: string;
  regulation: Regulation;
  /** Article or section that it comes from. */
  article: string;
  area: ControlArea;
  /** What a system must do. */
  requires: string;
  /** What of a plan shows that it does. */
  requirement: Requirement;
  /** Days that records are kept at least, where the text or common practice names a time. */
  minimumDays?: number;
  /** Where the reading goes beyond the text. */
  note?: string;
}

const years = (count: number) => Math.ceil(count * 365.25);

type Row = [
  id: string,
  article: string,
  area: ControlArea,
  requirement: Requirement,
  requires: string,
  more?: Pick<Control, "minimumDays" | "note">,
];

const { Access, Encryption, Integrity, Logging, Retention, Transmission } = ControlArea;

/** Security rule as of 2026-11-22: https://www.ecfr.gov/current/title-45/part-164/subpart-C */
const hipaa: Row[] = [
  [
    "access-control",
    "45 CFR 164.312(a)(1)",
    Access,
    Requirement.LeastPrivilege,
    "Only persons and programs that were granted access reach the data.",
  ],
  [
    "encryption-at-rest",
    "45 CFR 164.312(a)(2)(iv)",
    Encryption,
    Requirement.EncryptionAtRest,
    "Stored data is encrypted.",
  ],
  [
    "activity-review",
    "45 CFR 164.308(a)(1)(ii)(D)",
    Logging,
    Requirement.Examinable,
    "Records of activity are reviewed regularly.",
  ],
  [
    "incident-response",
    "45 CFR 164.308(a)(6)(ii)",
    Logging,
    Requirement.Alerted,
    "Suspected security incidents are identified and responded to.",
  ],
  [
    "data-backup",
    "45 CFR 164.308(a)(7)(ii)(A)",
    Integrity,
    Requirement.Recoverable,
    "Exact copies of the data can be retrieved.",
  ],
  [
    "audit-controls",
    "45 CFR 164.312(b)",
    Logging,
    Requirement.ActivityRecorded,
    "Activity is recorded and can be examined.",
  ],
  [
    "integrity",
    "45 CFR 164.312(c)(1)",
    Integrity,
    Requirement.WriteOnce,
    "Records cannot be altered or destroyed improperly.",
  ],
  [
    "transmission-security",
    "45 CFR 164.312(e)(1)",
    Transmission,
    Requirement.EncryptionInTransit,
    "Data in transit is protected.",
  ],
  [
    "retention",
    "45 CFR 164.316(b)(2)(i)",
    Retention,
    Requirement.KeptLongEnough,
    "Required documentation is kept six years; by common practice audit logs are too.",
    { minimumDays: years(6), note: "the text is about documentation; six years for audit logs is common practice" },
  ],
];

/** https://eur-lex.europa.eu/eli/reg/2016/679/oj */
const gdpr: Row[] = [
  [
    "storage-limitation",
    "GDPR Art. 5(1)(e)",
    Retention,
    Requirement.DeletedInTime,
    "Personal data is deleted when it is no longer needed.",
  ],
  [
    "integrity-confidentiality",
    "GDPR Art. 5(1)(f)",
    Integrity,
    Requirement.WriteOnce,
    "Personal data is protected against unlawful processing, loss and damage.",
  ],
  [
    "accountability",
    "GDPR Art. 5(2)",
    Logging,
    Requirement.ActivityRecorded,
    "Who did what with the systems that hold personal data can be shown.",
  ],
  [
    "erasure",
    "GDPR Art. 17",
    Retention,
    Requirement.Redacted,
    "Personal data can be erased on request; what cannot be erased therefore holds none.",
  ],
  [
    "by-default",
    "GDPR Art. 25(2)",
    Access,
    Requirement.NoPublicAccess,
    "By default, data is open to nobody who was not granted access.",
  ],
  [
    "records-of-processing",
    "GDPR Art. 30",
    Logging,
    Requirement.Classified,
    "It is on record where personal data is processed.",
  ],
  [
    "security-of-processing",
    "GDPR Art. 32(1)(a)",
    Encryption,
    Requirement.EncryptionAtRest,
    "Personal data is encrypted where it lies.",
  ],
  [
    "security-of-transmission",
    "GDPR Art. 32(1)(a)",
    Transmission,
    Requirement.EncryptionInTransit,
    "Personal data is encrypted where it travels.",
  ],
  [
    "availability",
    "GDPR Art. 32(1)(c)",
    Integrity,
    Requirement.Recoverable,
    "Personal data can be restored after an incident.",
  ],
  [
    "transfers",
    "GDPR Art. 44 and 45",
    ControlArea.Residency,
    Requirement.Residency,
    "Personal data stays in the European Economic Area or in countries that the Commission found adequate.",
  ],
];

/** https://leginfo.legislature.ca.gov (Civil Code 1798.100 and following) and 11 CCR 7000 and following */
const ccpa: Row[] = [
  [
    "retention-stated",
    "Cal. Civ. Code 1798.100(a)(3)",
    Retention,
    Requirement.RetentionStated,
    "It is said how long each category of personal information is kept.",
  ],
  [
    "reasonable-security",
    "Cal. Civ. Code 1798.100(e) and 1798.150(a)(1)",
    Encryption,
    Requirement.EncryptionAtRest,
    "Personal information is encrypted, so that a theft exposes none.",
  ],
  [
    "unauthorised-access",
    "Cal. Civ. Code 1798.150(a)(1)",
    Access,
    Requirement.NoPublicAccess,
    "Nobody without authorisation has access to personal information.",
  ],
  [
    "request-records",
    "11 CCR 7101",
    Logging,
    Requirement.RequestsRecorded,
    "Consumer requests and the answers are recorded, and kept 24 months.",
    { minimumDays: years(2) },
  ],
  [
    "audit-evidence",
    "CCPA regulations of 2026-01-01",
    Retention,
    Requirement.KeptLongEnough,
    "Documents of cybersecurity audits are kept five years.",
    { minimumDays: years(5), note: "documents of cybersecurity audits, of which audit logs are the evidence" },
  ],
];

/** https://eur-lex.europa.eu/eli/reg/2024/1689/oj */
const euAiAct: Row[] = [
  [
    "event-logs",
    "AI Act Art. 12(1)",
    Logging,
    Requirement.DecisionsRecorded,
    "A high-risk system records events automatically over its lifetime.",
  ],
  [
    "human-oversight",
    "AI Act Art. 14",
    Logging,
    Requirement.ApprovalsRecorded,
    "Persons oversee the system; who approved which model is on record.",
    { note: "the article asks for oversight in use; the record of approvals is the part that a plan can show" },
  ],
  [
    "cybersecurity",
    "AI Act Art. 15(5)",
    Access,
    Requirement.NoPublicEndpoint,
    "Third parties cannot exploit the system to alter its use or its outputs.",
  ],
  [
    "log-retention",
    "AI Act Art. 19 and 26(6)",
    Retention,
    Requirement.KeptLongEnough,
    "Provider and deployer keep the logs for six months at least.",
    { minimumDays: 184 },
  ],
  [
    "monitoring",
    "AI Act Art. 26(5) and 72",
    Logging,
    Requirement.Examinable,
    "The operation of the system is monitored on the basis of its logs.",
  ],
];

/** PCI DSS 4.0.1, June 2024: https://www.pcisecuritystandards.org/document_library/ */
const pciDss: Row[] = [
  [
    "network-controls",
    "PCI DSS 1.4.1",
    Access,
    Requirement.NoPublicEndpoint,
    "Between trusted and untrusted networks stand controls.",
  ],
  [
    "system-hardening",
    "PCI DSS 2.2.1",
    Access,
    Requirement.HardenedWorkloads,
    "System components are configured by a hardening standard.",
  ],
  [
    "stored-data",
    "PCI DSS 3.5.1",
    Encryption,
    Requirement.EncryptionAtRest,
    "Stored account data is unreadable without a key.",
  ],
  [
    "key-changes",
    "PCI DSS 3.7.4",
    Encryption,
    Requirement.KeyRotation,
    "Keys are changed at the end of their cryptoperiod.",
  ],
  [
    "transmission",
    "PCI DSS 4.2.1",
    Transmission,
    Requirement.EncryptionInTransit,
    "Account data is encrypted on open networks.",
  ],
  [
    "least-privilege",
    "PCI DSS 7.2.2",
    Access,
    Requirement.LeastPrivilege,
    "Access is assigned by job function, with the least privileges.",
  ],
  [
    "stored-credentials",
    "PCI DSS 8.6.2",
    Access,
    Requirement.NoPlainSecret,
    "Passwords of applications do not stand in scripts or configuration.",
  ],
  [
    "audit-logs",
    "PCI DSS 10.2.1",
    Logging,
    Requirement.ActivityRecorded,
    "Audit logs are active for all system components.",
  ],
  [
    "access-to-data",
    "PCI DSS 10.2.1.1",
    Logging,
    Requirement.AccessRecorded,
    "Each access to stored data is in the logs.",
  ],
  ["log-protection", "PCI DSS 10.3.2", Integrity, Requirement.WriteOnce, "Audit logs are protected from modification."],
  ["log-backup", "PCI DSS 10.3.3", Integrity, Requirement.Replicated, "Audit logs are promptly backed up elsewhere."],
  [
    "log-change-detection",
    "PCI DSS 10.3.4",
    Integrity,
    Requirement.TamperEvident,
    "A change to a recorded log is detected.",
  ],
  [
    "log-retention",
    "PCI DSS 10.5.1",
    Retention,
    Requirement.KeptLongEnough,
    "Audit logs are kept for 12 months at least.",
    { minimumDays: years(1) },
  ],
  [
    "logs-at-hand",
    "PCI DSS 10.5.1",
    Retention,
    Requirement.ReadAtOnce,
    "The audit logs of the last three months can be analysed at once.",
  ],
  [
    "failure-alerts",
    "PCI DSS 10.7.2",
    Logging,
    Requirement.Alerted,
    "Failures of critical security controls are detected and reported.",
  ],
];

/** Trust Services Criteria 2017 with the points of focus of 2022 (AICPA TSP section 100) */
const soc2: Row[] = [
  [
    "availability",
    "SOC 2 A1.2",
    Integrity,
    Requirement.Replicated,
    "Data is backed up to another place, to meet the objectives.",
  ],
  [
    "disposal",
    "SOC 2 C1.2",
    Retention,
    Requirement.DeletedInTime,
    "Confidential information is disposed of when its time is over.",
  ],
  [
    "logical-access",
    "SOC 2 CC6.1",
    Access,
    Requirement.LeastPrivilege,
    "Logical access is restricted to those who were granted it.",
  ],
  [
    "boundaries",
    "SOC 2 CC6.6",
    Access,
    Requirement.NoPublicEndpoint,
    "Threats from outside the system's boundaries are kept out.",
  ],
  [
    "transmission",
    "SOC 2 CC6.7",
    Transmission,
    Requirement.EncryptionInTransit,
    "Information is protected while it is moved.",
  ],
  [
    "cluster-monitoring",
    "SOC 2 CC7.2",
    Logging,
    Requirement.ClustersRecorded,
    "System components are monitored for anomalies: the clusters' APIs.",
  ],
  [
    "network-monitoring",
    "SOC 2 CC7.2",
    Logging,
    Requirement.NetworksRecorded,
    "System components are monitored for anomalies: the networks.",
  ],
  ["incident-detection", "SOC 2 CC7.3", Logging, Requirement.Alerted, "Security events are evaluated and acted upon."],
];

const table: [Regulation, Row[]][] = [
  [Regulation.Gdpr, gdpr],
  [Regulation.Ccpa, ccpa],
  [Regulation.Hipaa, hipaa],
  [Regulation.EuAiAct, euAiAct],
  [Regulation.PciDss, pciDss],
  [Regulation.Soc2, soc2],
];

/** Controls by regulation. Engineering reading of the texts named in `article`; not legal advice. */
export const controls: readonly Control[] = table.flatMap(([regulation, rows]) =>
  rows.map(([id, article, area, requirement, requires, more]) => ({
    id: `${regulation}-${id}`,
    regulation,
    article,
    area,
    requires,
    requirement,
    ...more,
  })),
);

/** The controls of several regulations together, in the table's order. */
export function controlsOf(regulations: readonly Regulation[]): Control[] {
  return controls.filter(({ regulation }) => regulations.includes(regulation));
}

/** A control that sets a time. */
export type RetentionControl = Control & { minimumDays: number };

/** The longest minimum that any of the regulations sets for audit logs; undefined where none sets one. */
export function auditLogRetention(regulations: readonly Regulation[]): RetentionControl | undefined {
  return controlsOf(regulations)
    .filter((row): row is RetentionControl => row.requirement === Requirement.KeptLongEnough)
    .reduce<RetentionControl | undefined>(
      (most, row) => (!most || row.minimumDays > most.minimumDays ? row : most),
      undefined,
    );
}
