/** The random provider: values of the asked shape, derived from the URN, so that they are the same in every plan. */
import { Secret, type Value } from "../graph";
import type { Rule, Rules, Subject } from "./subject";

const SETS = [
  { key: "lower", least: "minLower", characters: "abcdefghijklmnopqrstuvwxyz" },
  { key: "upper", least: "minUpper", characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ" },
  { key: "numeric", least: "minNumeric", characters: "0123456789" },
  { key: "special", least: "minSpecial", characters: "!@#$%&*()-_=+[]{}<>:?" },
];

function characters(r: Subject): string | undefined {
  const length = r.number("length");
  if (length === undefined || SETS.some(({ key, least }) => isUnknown(r, key) || isUnknown(r, least))) return undefined;
  const used = SETS.filter(({ key }) => r.input(key) !== false).map((set) => ({
    least: r.number(set.least) ?? 0,
    characters: (set.key === "special" ? r.text("overrideSpecial") : undefined) ?? set.characters,
  }));
  const all = used.map((set) => set.characters).join("");
  const bytes = r.bytes(length * 2, "characters");
  // The required ones first, then from all; the order is then mixed.
  const sources = used.flatMap((set) => Array<string>(set.least).fill(set.characters));
  while (sources.length < length) sources.push(all);
  const chosen = sources.slice(0, length).map((source, index) => source[(bytes[index] as number) % source.length]);
  return shuffled(chosen, bytes.subarray(length)).join("");
}

const isUnknown = (r: Subject, key: string) => r.has(key) && r.input(key) === undefined;

function shuffled<T>(items: readonly T[], bytes: Buffer): T[] {
  const keyed = items.map((item, index) => ({ item, key: bytes[index % bytes.length] as number, index }));
  return keyed.sort((a, b) => a.key - b.key || a.index - b.index).map(({ item }) => item);
}

const secret = (value: string | undefined): Value | undefined => (value === undefined ? undefined : new Secret(value));

const password: Rule = (r) => ({ id: "none", result: secret(characters(r)) });

const string: Rule = (r) => {
  const result = characters(r);
  return { id: result, result };
};

const id: Rule = (r) => {
  const length = r.number("byteLength");
  if (length === undefined || isUnknown(r, "prefix")) return {};
  const bytes = r.bytes(length, "id");
  const prefix = r.text("prefix") ?? "";
  const b64Url = bytes.toString("base64url");
  return {
    id: b64Url,
    b64Url: prefix + b64Url,
    b64Std: prefix + bytes.toString("base64"),
    hex: prefix + bytes.toString("hex"),
    dec: prefix + BigInt(`0x${bytes.toString("hex") || "0"}`).toString(),
  };
};

const bytes: Rule = (r) => {
  const length = r.number("length");
  if (length === undefined) return {};
  const value = r.bytes(length, "bytes");
  return { id: "none", base64: secret(value.toString("base64")), hex: secret(value.toString("hex")) };
};

const WORDS = [
  "amber",
  "brisk",
  "calm",
  "dapper",
  "eager",
  "fleet",
  "gentle",
  "hardy",
  "keen",
  "lucid",
  "merry",
  "noble",
];
const PETS = [
  "badger",
  "crane",
  "dolphin",
  "egret",
  "falcon",
  "gecko",
  "heron",
  "ibex",
  "jackal",
  "koala",
  "lynx",
  "marten",
];

const pet: Rule = (r) => {
  if (["length", "prefix", "separator"].some((key) => isUnknown(r, key))) return {};
  const seed = r.bytes(r.number("length") ?? 2, "pet");
  const words = [...seed].map((byte, index) => (index === seed.length - 1 ? PETS : WORDS)[byte % 12] as string);
  const prefix = r.text("prefix");
  return { id: [...(prefix === undefined ? [] : [prefix]), ...words].join(r.text("separator") ?? "-") };
};

const uuid: Rule = (r) => {
  const result = r.uuid("uuid");
  return { id: result, result };
};

const integer: Rule = (r) => {
  const [min, max] = [r.number("min"), r.number("max")];
  if (min === undefined || max === undefined) return {};
  const result = min + (r.bytes(4, "integer").readUInt32BE() % (max - min + 1));
  return { id: String(result), result };
};

const shuffle: Rule = (r) => {
  const inputs = r.input("inputs");
  if (!Array.isArray(inputs) || isUnknown(r, "resultCount")) return {};
  const count = r.number("resultCount") ?? inputs.length;
  const results = shuffled(inputs as Value[], r.bytes(Math.max(inputs.length, 1), "shuffle")).slice(0, count);
  return { id: "-", results };
};

export const randomRules: Rules = {
  "random:index/randomPassword:RandomPassword": password,
  "random:index/randomString:RandomString": string,
  "random:index/randomId:RandomId": id,
  "random:index/randomBytes:RandomBytes": bytes,
  "random:index/randomPet:RandomPet": pet,
  "random:index/randomUuid:RandomUuid": uuid,
  "random:index/randomInteger:RandomInteger": integer,
  "random:index/randomShuffle:RandomShuffle": shuffle,
};
