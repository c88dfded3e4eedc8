/**
 * `npm run models`: each model, who serves it in this stack, until when, and what would protect it.
 * It reads the stack's settings and the Worker's table of models, and asks no cloud.
 */
import { FABLE_CONSENTS, isFable } from "../infra/models/fable.ts";
import { settingsOf } from "./calls/deployment.ts";
import type { OperatorCommand } from "./command/command.ts";
import { type ModelProtection, protectionOf } from "./models/protection.ts";

export const models: OperatorCommand = {
  name: "models",
  summary: "each model: who serves it in this stack, until when, and what would protect it",
  configure(command) {
    command.option("--all", "also models that nobody serves any more");
  },
  async run({ stack, output }, { all }) {
    const settings = await settingsOf(stack);
    const { vertexLocations, bedrock } = settings;
    const places = [...vertexLocations, ...(bedrock ? [`Bedrock ${bedrock.region}`] : [])].join(", ");
    const shown = protectionOf(settings, Date.now()).filter(
      ({ protection }) => all === true || protection !== "not served",
    );
    const unprotected = shown.filter(({ protection }) => protection === "none");
    output.table(
      ["model", "fails over to", "Anthropic until", "Google until", "to protect it"],
      shown.map((model) => [
        model.id,
        output.color[model.protection === "none" ? "yellow" : "green"](servedBy(model)),
        model.lastDays.anthropic ?? "–",
        model.lastDays.google ?? "–",
        model.advice ?? "",
      ]),
    );
    output.say();
    output.prose(`${shown.length - unprotected.length} of ${shown.length} models fail over in ${places}.`);
    if (shown.some(({ id, locations }) => isFable(id) && locations.length > 0)) {
      output.prose(`Beyond Model Garden's terms, Claude Fable on Vertex needs ${FABLE_CONSENTS}.`);
    }
    return {
      exitCode: "fine",
      report: { command: "models", outcome: "listed", vertexLocations, models: shown },
    };
  },
};

function servedBy({ protection, locations, bedrockRegion }: ModelProtection): string {
  const places = [...locations, ...(bedrockRegion === null ? [] : [`Bedrock ${bedrockRegion}`])].join(", ");
  switch (protection) {
    case "failover":
      return places;
    case "vertex only":
      return `${places} (Anthropic has retired it)`;
    case "none":
      return "nobody";
    case "not served":
      return "nobody; Anthropic has retired it";
  }
}
