/**
 * The control plane of Vertex AI: enables a partner's model in a project. It answers at once,
 * without an operation.
 */
import { vertexLocation } from "../../vertex/hosts.ts";
import { resourceType } from "../resource-type.ts";
import { googleRoute } from "./call.ts";

const ENABLE_MODEL = resourceType("gcp:vertex/aiModelGardenEnableModel:AiModelGardenEnableModel");

export const modelRoutes = [
  googleRoute(
    "aiplatform.endpoints.create",
    "POST",
    "/v1beta1/projects/:project/publishers/:publisher/models/:model\\:enableModel",
    async ({ state, project, host, params }) => {
      const publisherModelName = `publishers/${params.publisher}/models/${params.model}`;
      const location = vertexLocation(host);
      const provider = { region: location };
      const { outputs } = await ENABLE_MODEL.create(state, { project: project.id, publisherModelName }, provider);
      const publisherEndpoint = `projects/${project.id}/locations/${location}/${publisherModelName}`;
      return { enablementState: outputs.enablementState, publisherEndpoint };
    },
  ),
];
