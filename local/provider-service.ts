/**
 * One Pulumi provider over gRPC, backed by the local cloud's resources. It speaks the engine's own protocol because
 * `provider.main` of @pulumi/pulumi drops what `Configure` brings (the deployer's token) and serves one version per process.
 */
import * as grpc from "@grpc/grpc-js";
import pluginProto from "@pulumi/pulumi/proto/plugin_pb.js";
import providerProto from "@pulumi/pulumi/proto/provider_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import { refusals } from "./provider-limits.ts";
import { changedNames, keepForm, UNKNOWN, unwrap, wrap } from "./provider-values.ts";
import { LOOK_UPS, RESOURCES } from "./resources/index.ts";
import { CloudError, type Inputs, type ResourceKind } from "./resources/kind.ts";
import type { CloudState } from "./state.ts";

export interface ProviderOptions {
  state: CloudState;
  /** Of the npm package: the engine warns of any other. */
  version: string;
  /** Arguments that the real provider takes from its environment where the program gives none. */
  defaults: () => Inputs;
}

type Handler<Request, Response> = (request: Request) => Response | Promise<Response>;

/** What the engine may call; to all else gRPC answers that it is not implemented, which the engine bears. */
export function providerService({ state, version, defaults }: ProviderOptions): grpc.UntypedServiceImplementation {
  let given: Inputs = {};
  const credentials = () => ({ ...defaults(), ...given });
  const authorised = (type: string, inputs: Inputs): ResourceKind => {
    const kind = kindOf(type);
    kind.authorise?.(state, inputs, credentials());
    return kind;
  };

  const check: Handler<providerProto.CheckRequest, providerProto.CheckResponse> = (request) => {
    const inputs = plain(request.getNews());
    const failures = refusals(typeOf(request.getUrn()), unwrap(inputs)).map(({ input, reason }) =>
      new providerProto.CheckFailure().setProperty(input).setReason(reason),
    );
    return new providerProto.CheckResponse().setInputs(struct(inputs)).setFailuresList(failures);
  };

  return {
    attach: unary(() => new emptyProto.Empty()),
    cancel: unary(() => new emptyProto.Empty()),
    getPluginInfo: unary(() => new pluginProto.PluginInfo().setVersion(version)),
    getSchema: unary(() => new providerProto.GetSchemaResponse().setSchema("{}")),
    checkConfig: unary(check),
    check: unary(check),

    configure: unary((request: providerProto.ConfigureRequest) => {
      given = unwrap(plain(request.getArgs()));
      return new providerProto.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),

    diff: unary((request: providerProto.DiffRequest) => {
      const { replaceOn } = kindOf(typeOf(request.getUrn()));
      const changed = changedNames(plain(request.getOldInputs()), plain(request.getNews()));
      const { DIFF_SOME, DIFF_NONE } = providerProto.DiffResponse.DiffChanges;
      return new providerProto.DiffResponse()
        .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
        .setDiffsList(changed)
        .setReplacesList(changed.filter((name) => replaceOn.includes(name)));
    }),

    create: unary(async (request: providerProto.CreateRequest) => {
      const inputs = plain(request.getProperties());
      const type = typeOf(request.getUrn());
      const response = new providerProto.CreateResponse();
      if (request.getPreview()) {
        const unknown = Object.fromEntries(kindOf(type).computed.map((name) => [name, UNKNOWN]));
        return response.setProperties(struct({ ...inputs, ...unknown }));
      }
      const { id, outputs, secretOutputs } = await authorised(type, unwrap(inputs)).create(
        state,
        unwrap(inputs),
        credentials(),
      );
      return response.setId(id).setProperties(struct(wrap(outputs, inputs, secretOutputs)));
    }),

    read: unary((request: providerProto.ReadRequest) => {
      const [inputs, properties] = [plain(request.getInputs()), plain(request.getProperties())];
      const kind = authorised(typeOf(request.getUrn()), unwrap(inputs));
      const found = kind.read(state, request.getId(), unwrap(inputs));
      const response = new providerProto.ReadResponse();
      if (!found) return response;
      const seen = wrap(found, inputs);
      return response
        .setId(request.getId())
        .setInputs(struct(keepForm(inputs, pick(seen, Object.keys(inputs)))))
        .setProperties(struct({ ...properties, ...keepForm(properties, seen) }));
    }),

    update: unary((request: providerProto.UpdateRequest) => {
      const inputs = plain(request.getNews());
      const type = typeOf(request.getUrn());
      // What only creating it told stays as it was, the secrets among it secret.
      const kept = pick(plain(request.getOlds()), kindOf(type).computed);
      const updated = request.getPreview()
        ? inputs
        : wrap(authorised(type, unwrap(inputs)).update(state, request.getId(), unwrap(inputs)), inputs);
      return new providerProto.UpdateResponse().setProperties(struct({ ...updated, ...kept }));
    }),

    delete: unary((request: providerProto.DeleteRequest) => {
      const inputs = unwrap(plain(request.getOldInputs()));
      authorised(typeOf(request.getUrn()), inputs).delete(state, request.getId(), inputs);
      return new emptyProto.Empty();
    }),

    invoke: unary((request: providerProto.InvokeRequest) => {
      const lookUp = LOOK_UPS[request.getTok()];
      if (!lookUp) throw new CloudError(`The local cloud does not know the look-up ${request.getTok()}.`);
      return new providerProto.InvokeResponse().setReturn(struct(lookUp(state, unwrap(plain(request.getArgs())))));
    }),
  };
}

/** A refusal is told by its message alone: the engine prints what it is given. */
function unary<Request, Response>(handle: Handler<Request, Response>): grpc.handleUnaryCall<Request, Response> {
  return async (call, callback) => {
    try {
      callback(null, await handle(call.request));
    } catch (error) {
      callback({ code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : String(error) });
    }
  };
}

/** A URN is `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>`. */
function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

function kindOf(type: string): ResourceKind {
  const kind = RESOURCES[type];
  if (!kind) throw new CloudError(`The local cloud does not know the resource type ${type}.`);
  return kind;
}

function plain(value: structProto.Struct | undefined): Inputs {
  return value?.toJavaScript() ?? {};
}

function struct(value: Inputs): structProto.Struct {
  // Only JSON has a place in a Struct: no undefined member.
  return structProto.Struct.fromJavaScript(JSON.parse(JSON.stringify(value)));
}

function pick(from: Inputs, names: readonly string[]): Inputs {
  return Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]]));
}
