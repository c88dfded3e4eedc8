/**
 * The AI Gateway and the token that may run it. Every setting is given, because the API fills in
 * missing ones, and then every refresh would find a difference. `byokOnly` is always on, because
 * without it Cloudflare would bill a step that has no key.
 */
import { AccountToken } from "@pulumi/cloudflare/accountToken.js";
import { AiGateway as CloudflareAiGateway } from "@pulumi/cloudflare/aiGateway.js";
import * as pulumi from "@pulumi/pulumi";
import { withErrorHints } from "../shared/error-hints.ts";
import { failIfNameTaken } from "../shared/name-collision.ts";
import { plain } from "../shared/plain.ts";
import { currentAndPrevious, FIRST_EPOCH, mapPair, type Rotation, type SecretPair } from "../shared/rotation.ts";
import { type GatewaySettings, gatewayArgs } from "./gateway-args.ts";
import { reportLostTokens } from "./lost-tokens.ts";

/**
 * Cloudflare's permission group "AI Gateway Run". It is valid for the whole account, because
 * Cloudflare cannot limit it to one gateway.
 */
const AI_GATEWAY_RUN = "644535f4ed854494a59cb289d634b257";

export interface AiGatewayArgs extends GatewaySettings {
  /** Id of the Cloudflare account: 32 hexadecimal digits. */
  cloudflareAccountId: pulumi.Input<string>;
  /** Gateway id: up to 64 characters, `[a-z0-9-]`, unique in the account. */
  name: string;
  /** Name of the minted tokens in Cloudflare's dashboard. Default: the gateway's id. */
  tokenName?: string;
  /**
   * Tokens that may run AI Gateway. If absent, the component mints them, for which the deployer
   * needs the permission Account API Tokens Write.
   */
  givenTokens?: SecretPair | undefined;
  /** Rotation of the minted token. Default: the first epoch. */
  rotation?: Rotation;
  /**
   * Whether to take over an existing gateway of this name and give it these settings. Default: no.
   */
  adopt?: boolean;
}

export class AiGateway extends pulumi.ComponentResource {
  /** The gateway's URL: `https://gateway.ai.cloudflare.com/v1/{account}/{gateway}` */
  readonly url: pulumi.Output<string>;
  /** Secret: tokens that may run the gateway. */
  readonly tokens: SecretPair;
  /** Resources of this component, for programs that need more than the outputs. */
  readonly nodes: { readonly gateway: CloudflareAiGateway };

  constructor(name: string, args: AiGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    // The state must not record secrets, nor `adopt`, which applies to a single run.
    const { givenTokens: _tokens, otelAuthorization: _authorization, adopt: _adopt, ...inputs } = args;
    super("claude-failover:index:AiGateway", name, inputs, withErrorHints(name, opts));
    const { cloudflareAccountId: accountId, name: id, adopt = false, tokenName = id } = args;

    const gateway = new CloudflareAiGateway(
      name,
      { accountId, aiGatewayId: id, ...gatewayArgs(args) },
      {
        parent: this,
        ...(adopt
          ? { import: `${plain(accountId, "cloudflareAccountId")}/${id}` }
          : {
              hooks: failIfNameTaken(
                { what: `The gateway ${id}`, path: `ai-gateway/gateways/${id}`, adoptable: "gateway" },
                this,
              ),
            }),
      },
    );
    const mint = (epoch: number) =>
      new AccountToken(
        `${name}-run-${epoch}`,
        {
          accountId,
          name: `${tokenName} (${epoch})`,
          policies: [
            {
              effect: "allow",
              permissionGroups: [{ id: AI_GATEWAY_RUN }],
              resources: pulumi.interpolate`{"com.cloudflare.api.account.${accountId}":"*"}`,
            },
          ],
        },
        { parent: this, protect: false, hooks: reportLostTokens(`${name}-run-${epoch}`, this) },
      ).value;

    this.url = pulumi.interpolate`https://gateway.ai.cloudflare.com/v1/${accountId}/${gateway.aiGatewayId}`;
    const tokens = args.givenTokens ?? currentAndPrevious(args.rotation ?? FIRST_EPOCH, mint);
    this.tokens = mapPair(tokens, (token) => pulumi.secret(token));
    this.nodes = { gateway };
    this.registerOutputs({ url: this.url });
  }
}
