/**
 * One Pulumi provider over gRPC, backed by the local cloud's resources. It implements the engine's
 * protocol directly, because `provider.main` of @pulumi/pulumi drops the arguments of `Configure`
 * (the deployer's token) and serves one version per process.
 */
import * as grpc from "@grpc/grpc-js";
import pluginProto from "@pulumi/pulumi/proto/plugin_pb.js";
import providerProto from "@pulumi/pulumi/proto/provider_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import { differences } from "../../../local/resources/differences.ts";
import { RESOURCES } from "../../../local/resources/index.ts";
import { keepForm, pick, UNKNOWN, unwrap, without, wrap } from "../../../local/resources/provider-values.ts";
import { CloudError, type Inputs, type ResourceType } from "../../../local/resources/resource-type.ts";
import type { CloudState } from "../../../local/state/index.ts";
import { refusals } from "./limits.ts";
import { type OperationHooks, operate, type Subject } from "./operations.ts";

export interface ProviderOptions {
  state: CloudState;
  /** The version of the npm package. The engine warns of any other version. */
  version: string;
  /**
   * Arguments that the real provider takes from its environment if the program does not give them.
   */
  defaults: () => Inputs;
  hooks: OperationHooks;
}

type Handler<Request, Response> = (request: Request) => Response | Promise<Response>;

/**
 * The methods that the engine calls. For all others gRPC answers "unimplemented", which the engine
 * accepts.
 */
export function providerService({
  state,
  version,
  defaults,
  hooks,
}: ProviderOptions): grpc.UntypedServiceImplementation {
  let given: Inputs = {};
  const credentials = () => ({ ...defaults(), ...given });
  const authorise = ({ resource, inputs }: Subject) => resource.authorise?.(state, inputs, credentials());

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
      const resource = kindOf(typeOf(request.getUrn()));
      const changed = differences(resource, plain(request.getOldInputs()), plain(request.getNews()));
      const { DIFF_SOME, DIFF_NONE } = providerProto.DiffResponse.DiffChanges;
      return new providerProto.DiffResponse()
        .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
        .setDiffsList(changed)
        .setReplacesList(changed.filter((name) => resource.replaceOn.includes(name)));
    }),

    create: unary(async (request: providerProto.CreateRequest) => {
      const inputs = plain(request.getProperties());
      const subject = subjectOf(request.getUrn(), inputs);
      const response = new providerProto.CreateResponse();
      if (request.getPreview())
        return response.setProperties(struct({ ...planned(subject.resource, inputs), ...inputs }));
      const { id, outputs, secretOutputs } = await operate(hooks, "create", subject, () => {
        authorise(subject);
        return subject.resource.create(state, subject.inputs, credentials());
      });
      return response.setId(id).setProperties(struct(wrap(outputs, inputs, secretOutputs)));
    }),

    read: unary(async (request: providerProto.ReadRequest) => {
      const [inputs, properties] = [plain(request.getInputs()), plain(request.getProperties())];
      const known = subjectOf(request.getUrn(), inputs, request.getId());
      const isImport = Object.keys(inputs).length === 0;
      const subject = isImport ? imported(known) : known;
      const found = await operate(hooks, "read", subject, () => {
        authorise(subject);
        return subject.resource.read(state, subject.id, subject.inputs);
      });
      const response = new providerProto.ReadResponse();
      if (!found) return response;
      const { computed } = subject.resource;
      const seen = { ...inputs, ...wrap(found, inputs) };
      const kept = pick(properties, computed);
      const seenInputs = without(seen, computed);
      // A value that the cloud has filled in is not a change.
      const news = isImport ? Object.keys(seenInputs) : differences(subject.resource, seenInputs, inputs);
      return response
        .setId(subject.id)
        .setInputs(struct(keepForm(inputs, pick(seenInputs, [...Object.keys(inputs), ...news]))))
        .setProperties(struct(keepForm(properties, { ...kept, ...seen })));
    }),

    update: unary(async (request: providerProto.UpdateRequest) => {
      const inputs = plain(request.getNews());
      const subject = subjectOf(request.getUrn(), inputs, request.getId());
      // Outputs that only the creation returns are kept, and secrets among them stay secret.
      const kept = pick(plain(request.getOlds()), subject.resource.computed);
      const response = new providerProto.UpdateResponse();
      if (request.getPreview()) return response.setProperties(struct({ ...kept, ...inputs }));
      const updated = await operate(hooks, "update", subject, () => {
        authorise(subject);
        return subject.resource.update(state, subject.id, subject.inputs);
      });
      return response.setProperties(struct({ ...kept, ...wrap(updated, inputs) }));
    }),

    delete: unary(async (request: providerProto.DeleteRequest) => {
      const subject = subjectOf(request.getUrn(), plain(request.getOldInputs()), request.getId());
      await operate(hooks, "delete", subject, () => {
        authorise(subject);
        subject.resource.delete(state, subject.id, subject.inputs);
      });
      return new emptyProto.Empty();
    }),

    invoke: unary((request: providerProto.InvokeRequest) => {
      throw new CloudError(`The local cloud does not know the look-up ${request.getTok()}.`);
    }),
  };
}

/** The engine prints the details of an error, so an error has only its message. */
function unary<Request, Response>(handle: Handler<Request, Response>): grpc.handleUnaryCall<Request, Response> {
  return async (call, callback) => {
    try {
      callback(null, await handle(call.request));
    } catch (error) {
      callback({ code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : String(error) });
    }
  };
}

/** @returns the outputs that a preview knows */
function planned({ computed, optionalComputed = [], previewOutputs }: ResourceType, inputs: Inputs): Inputs {
  const unknown = [...computed, ...optionalComputed].map((name) => [name, UNKNOWN]);
  return { ...Object.fromEntries(unknown), ...previewOutputs?.(unwrap(inputs)) };
}

/** A URN is `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>`. */
function subjectOf(urn: string, inputs: Inputs, id = ""): Subject {
  const type = typeOf(urn);
  const name = urn.split("::").slice(3).join("::");
  return { type, name, resource: kindOf(type), inputs: unwrap(inputs), id };
}

/** @returns the resource that the id of an import names */
function imported(subject: Subject): Subject {
  const { identify } = subject.resource;
  if (!identify) throw new CloudError(`${subject.type} does not support import.`);
  const found = identify(subject.id);
  if (!found) throw new CloudError(`${subject.id} is no id that a ${subject.type} can be imported by.`);
  return { ...subject, ...found };
}

function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

function kindOf(type: string): ResourceType {
  const kind = RESOURCES[type];
  if (!kind) throw new CloudError(`The local cloud does not know the resource type ${type}.`);
  return kind;
}

function plain(value: structProto.Struct | undefined): Inputs {
  return value?.toJavaScript() ?? {};
}

function struct(value: Inputs): structProto.Struct {
  // A Struct can contain only JSON values, so undefined members must go.
  return structProto.Struct.fromJavaScript(JSON.parse(JSON.stringify(value)));
}
