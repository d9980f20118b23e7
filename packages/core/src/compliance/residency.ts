import { Platform } from "../platform";

/** A region of a cloud, and the country that it is in (ISO 3166-1 alpha-2). */
type Regions = Readonly<Record<string, string>>;

/**
 * https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html and
 * https://cloud.google.com/about/locations (read 2026-11-25)
 */
const countries: Readonly<Partial<Record<Platform, Regions>>> = {
  [Platform.Aws]: {
    "af-south-1": "ZA",
    "ap-east-1": "HK",
    "ap-northeast-1": "JP",
    "ap-northeast-2": "KR",
    "ap-northeast-3": "JP",
    "ap-south-1": "IN",
    "ap-south-2": "IN",
    "ap-southeast-1": "SG",
    "ap-southeast-2": "AU",
    "ap-southeast-3": "ID",
    "ap-southeast-4": "AU",
    "ap-southeast-5": "MY",
    "ap-southeast-7": "TH",
    "ca-central-1": "CA",
    "ca-west-1": "CA",
    "cn-north-1": "CN",
    "cn-northwest-1": "CN",
    "eu-central-1": "DE",
    "eu-central-2": "CH",
    "eu-north-1": "SE",
    "eu-south-1": "IT",
    "eu-south-2": "ES",
    "eu-west-1": "IE",
    "eu-west-2": "GB",
    "eu-west-3": "FR",
    "eusc-de-east-1": "DE",
    "il-central-1": "IL",
    "me-central-1": "AE",
    "me-south-1": "BH",
    "mx-central-1": "MX",
    "sa-east-1": "BR",
    "us-east-1": "US",
    "us-east-2": "US",
    "us-gov-east-1": "US",
    "us-gov-west-1": "US",
    "us-west-1": "US",
    "us-west-2": "US",
  },
  [Platform.Gcp]: {
    "africa-south1": "ZA",
    "asia-east1": "TW",
    "asia-east2": "HK",
    "asia-northeast1": "JP",
    "asia-northeast2": "JP",
    "asia-northeast3": "KR",
    "asia-south1": "IN",
    "asia-south2": "IN",
    "asia-southeast1": "SG",
    "asia-southeast2": "ID",
    "australia-southeast1": "AU",
    "australia-southeast2": "AU",
    "europe-central2": "PL",
    "europe-north1": "FI",
    "europe-north2": "SE",
    "europe-southwest1": "ES",
    "europe-west1": "BE",
    "europe-west10": "DE",
    "europe-west12": "IT",
    "europe-west2": "GB",
    "europe-west3": "DE",
    "europe-west4": "NL",
    "europe-west6": "CH",
    "europe-west8": "IT",
    "europe-west9": "FR",
    "me-central1": "QA",
    "me-central2": "SA",
    "me-west1": "IL",
    "northamerica-northeast1": "CA",
    "northamerica-northeast2": "CA",
    "northamerica-south1": "MX",
    "southamerica-east1": "BR",
    "southamerica-west1": "CL",
    "us-central1": "US",
    "us-east1": "US",
    "us-east4": "US",
    "us-east5": "US",
    "us-south1": "US",
    "us-west1": "US",
    "us-west2": "US",
    "us-west3": "US",
    "us-west4": "US",
    // Places of several regions.
    EU: "EU",
    EUR4: "EU",
  },
};

/**
 * Countries that personal data may go to without further safeguards: the European Economic Area, and those that the
 * Commission found adequate for any recipient. The United States and Canada are adequate for some recipients only, and
 * are left out.
 * https://commission.europa.eu/law/law-topic/data-protection/international-dimension-data-protection/adequacy-decisions_en
 */
const adequate: ReadonlySet<string> = new Set(
  [
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK EU IS LI NO",
    "AD AR CH FO GB GG IL IM JE JP KR NZ UY",
  ].flatMap((row) => row.split(" ")),
);

/**
 * Whether personal data under the GDPR may lie in a region; undefined for a region that the table does not have. A cluster that
 * was made elsewhere may be in any cloud, whose regions all have names of their own.
 */
export function isAdequateRegion(platform: Platform, region: string): boolean | undefined {
  const own = countries[platform];
  const country = (own ? [own] : Object.values(countries))
    .map((table) => table[region] ?? table[region.toUpperCase()])
    .find((found) => found !== undefined);
  return country === undefined ? undefined : adequate.has(country);
}

/** Names of the regions of a cloud that the table has. */
export function regionsOf(platform: Platform): string[] {
  return Object.keys(countries[platform] ?? {});
}
