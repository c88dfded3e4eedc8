/**
 * The hosts of Amazon Bedrock's Mantle endpoint, one for each region that has it. Source:
 * docs.aws.amazon.com/bedrock, "Regional availability by endpoints"; platform.claude.com "Claude in
 * Amazon Bedrock".
 */
export const BEDROCK_REGIONS: readonly string[] = [
  ...["us-east-1", "us-east-2", "us-west-2", "sa-east-1"],
  ...["eu-central-1", "eu-north-1", "eu-south-1", "eu-west-1", "eu-west-2"],
  ...["ap-northeast-1", "ap-south-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4"],
];

/** @returns the region that a host serves; undefined if the host does not belong to Bedrock */
export function bedrockRegion(host: string): string | undefined {
  const region = /^bedrock-mantle\.([a-z0-9-]+)\.api\.aws$/.exec(host)?.[1];
  return region !== undefined && BEDROCK_REGIONS.includes(region) ? region : undefined;
}
