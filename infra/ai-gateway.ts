/**
 * The AI Gateway and the token that may run it. Every setting that the API would default is given, or a refresh would find a
 * difference for ever. `byokOnly` is not a choice: without it a step that lacks a key would be billed through Cloudflare.
 */
import { AccountToken } from "@pulumi/cloudflare/accountToken.js";
import { AiGateway as CloudflareAiGateway } from "@pulumi/cloudflare/aiGateway.js";
import * as pulumi from "@pulumi/pulumi";

/** Cloudflare's permission group "AI Gateway Run": account-wide, it cannot be limited to one gateway. */
const AI_GATEWAY_RUN = "644535f4ed854494a59cb289d634b257";
/** Log entries kept; the oldest go first. The API takes 10,000 to 10,000,000. */
const LOG_ENTRIES = 100_000;

export interface AiGatewayArgs {
  cloudflareAccountId: string;
  /** Gateway id: up to 64 characters, `[a-z0-9-]`. */
  name: string;
  /** Name of the minted token, for people. */
  tokenName: string;
  /** A token that may run AI Gateway. Absent: one is minted. */
  gatewayToken?: pulumi.Input<string> | undefined;
}

export class AiGateway extends pulumi.ComponentResource {
  readonly url: pulumi.Output<string>;
  /** Secret. */
  readonly token: pulumi.Output<string>;

  constructor(name: string, args: AiGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("claude-failover:index:AiGateway", name, {}, opts);
    const { cloudflareAccountId: accountId } = args;

    const gateway = new CloudflareAiGateway(
      name,
      {
        accountId,
        aiGatewayId: args.name,
        authentication: true,
        byokOnly: true,
        cacheInvalidateOnUpdate: false,
        cacheTtl: 0,
        collectLogs: true,
        logManagement: LOG_ENTRIES,
        logManagementStrategy: "DELETE_OLDEST",
        logpush: false,
        rateLimitingInterval: 0,
        rateLimitingLimit: 0,
        rateLimitingTechnique: "fixed",
        workersAiBillingMode: "postpaid",
        zdr: false,
      },
      { parent: this },
    );
    const mintToken = () =>
      new AccountToken(
        `${name}-run`,
        {
          accountId,
          name: args.tokenName,
          policies: [
            {
              effect: "allow",
              permissionGroups: [{ id: AI_GATEWAY_RUN }],
              resources: JSON.stringify({ [`com.cloudflare.api.account.${accountId}`]: "*" }),
            },
          ],
        },
        { parent: this },
      ).value;

    this.url = pulumi.interpolate`https://gateway.ai.cloudflare.com/v1/${accountId}/${gateway.aiGatewayId}`;
    this.token = pulumi.secret(args.gatewayToken ?? mintToken());
    this.registerOutputs({ url: this.url });
  }
}
