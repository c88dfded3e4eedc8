/** Warnings about settings that are allowed but have a disadvantage. The run continues. */
import type { Settings } from "./index.ts";

interface Warning {
  /** @returns one sentence for each warning */
  of(settings: Settings): readonly string[];
}

/**
 * AWS regions with the endpoint `bedrock-mantle`. Source: docs.aws.amazon.com/bedrock, "Regional
 * availability by endpoints" and "Claude in Amazon Bedrock" of platform.claude.com (October 2026).
 */
const MANTLE_REGIONS: readonly string[] = [
  ...["us-east-1", "us-east-2", "us-west-2", "sa-east-1"],
  ...["eu-central-1", "eu-north-1", "eu-south-1", "eu-west-1", "eu-west-2"],
  ...["ap-northeast-1", "ap-south-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4"],
];

const WARNINGS: readonly Warning[] = [
  {
    of: ({ clients, rotation }) =>
      [
        ...clients.map(({ name, revokePrevious }) => ({ where: `the client ${name}`, revokePrevious })),
        { where: "rotation.gatewayToken", ...rotation.gatewayToken },
        { where: "rotation.google", ...rotation.google },
      ]
        .filter(({ revokePrevious }) => revokePrevious)
        .map(
          ({ where }) =>
            `revokePrevious is on for ${where}: its next rotation deletes the old secret at once. Remove ` +
            `revokePrevious after this run.`,
        ),
  },
  {
    // If adopt stays on, a later run may try to import a resource that no longer exists, or
    // overwrite one that somebody else created.
    of: ({ adopt }) =>
      adopt.length > 0
        ? [`adopt is on for ${adopt.join(", ")}. When this run has succeeded: pulumi config rm adopt`]
        : [],
  },
  {
    of: ({ timeouts: { jsonMs, firstEventMs, chainMs } }) =>
      Object.entries({ jsonMs, firstEventMs })
        .filter(([, limitMs]) => limitMs >= chainMs)
        .map(
          ([name, limitMs]) =>
            `timeouts.${name} (${limitMs}) is not below timeouts.chainMs (${chainMs}): a target that stalls leaves ` +
            `no time for the next target.`,
        ),
  },
  {
    // Cloudflare documents the path only for the provider-native endpoint.
    of: ({ bedrock, routing }) =>
      bedrock && routing === "universal"
        ? [
            `It is not known whether the gateway's Universal Endpoint takes a step of Bedrock. npm run verify asks it. ` +
              `If it refuses: pulumi config set routing direct`,
          ]
        : [],
  },
  {
    of: ({ bedrock }) =>
      bedrock && !MANTLE_REGIONS.includes(bedrock.region)
        ? [
            `${bedrock.region} is not a known region of Bedrock's Mantle endpoint (${MANTLE_REGIONS.join(", ")}): ` +
              `pulumi config set bedrock '{"region":"us-east-1"}'`,
          ]
        : [],
  },
  {
    of: ({ bedrock, allowedLocations }) =>
      bedrock && allowedLocations
        ? [
            `allowedLocations is about Vertex alone: Bedrock may serve requests in the AWS region ${bedrock.region}. ` +
              `To keep them out: pulumi config rm bedrock`,
          ]
        : [],
  },
  {
    of: ({ bedrock, bedrockApiKey }) =>
      bedrockApiKey !== undefined && !bedrock
        ? [`bedrockApiKey has no effect without bedrock: pulumi config rm bedrockApiKey`]
        : [],
  },
];

export function warningsOf(settings: Settings): string[] {
  return WARNINGS.flatMap(({ of }) => of(settings));
}
