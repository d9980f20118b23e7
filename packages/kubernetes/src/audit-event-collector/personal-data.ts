/**
 * What counts as personal data in an event. Patterns are RE2, which knows no look-around:
 * https://github.com/google/re2/wiki/Syntax
 */

const octet = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";
const group = "[0-9A-Fa-f]{1,4}";

/** What is found in any value is replaced by its keyed hash; the rest of the value stays. */
export const valuePatterns = [
  // E-mail addresses.
  "[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+",
  // IBANs (ISO 13616), in groups of four or without.
  "\\b[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\\b",
  // Numbers of payment cards (ISO/IEC 7812), 13 to 19 digits. The check digit is not looked at: better one number too many.
  "\\b[3-6]\\d{3}(?:[ -]?\\d{4}){2}(?:[ -]?\\d{1,7})\\b",
  "\\b3[47]\\d{2}[ -]?\\d{6}[ -]?\\d{5}\\b",
  // Telephone numbers: international, and national ones that begin with a zero and have a separator.
  "\\+\\d(?:[ ()./-]{0,2}\\d){6,14}",
  "\\b0\\d{1,5}(?: ?[/-] ?| )\\d(?:[ -]?\\d){3,11}\\b",
  // Addresses of machines, IPv4 and IPv6.
  `\\b(?:${octet}\\.){3}${octet}\\b`,
  `\\b(?:${group}:){7}${group}\\b`,
  `\\b(?:${group}:){1,6}(?::${group}){1,6}\\b`,
];

/** Attributes whose whole value is replaced by its keyed hash: names of people, and what leads to them. */
export const personalAttributes =
  "(?i)(^|[._-])((first|last|full|given|family|middle|maiden|user|login|account|customer|patient|person|employee)[._-]?names?|surname|e?mail([._-]?address)?|phone([._-]?number)?|telephone|mobile|fax|street|postcode|zip([._-]?code)?|home[._-]?address|birth[._-]?(date|day|place)|date[._-]?of[._-]?birth|ssn|national[._-]?id|passport([._-]?number)?|iban|(user|enduser|customer|patient|person|employee|member|session|device)[._-]?id|(client|peer|source)[._-]?(ip|address))$|^name$";

/** Attributes that are removed: what opens doors belongs in no record. */
export const removedAttributes =
  "(?i)(^|[._-])(passw(or)?d|passphrase|secret|credentials?|private[._-]?key|api[._-]?key|authorization|set-cookie|cookies?|(access|refresh|id|auth|bearer|session)[._-]?token)$";
