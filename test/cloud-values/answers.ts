import type { Answers } from "aistack-engine";

/** What the engine has no rule for, and policy documents are made of; in the formats that AWS documents. */
export const answers: Answers = {
  invokes: {
    "aws:organizations/getOrganization:getOrganization": [
      { return: { id: "o-exampleorgid", accounts: [{ id: "123456789012" }] } },
    ],
  },
  resources: {
    "aws:cloudfront/distribution:Distribution": {
      arn: "arn:aws:cloudfront::123456789012:distribution/EDFDVBD6EXAMPLE",
      domainName: "d111111abcdef8.cloudfront.net",
    },
  },
};
