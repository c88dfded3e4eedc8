import { expect, it } from "vitest";
import { forgetClientsVariables, forgetUsersVariables } from "./environment.ts";

it.each([
  ...["http_proxy", "HTTPS_PROXY", "grpc_proxy", "all_proxy", "NODE_USE_ENV_PROXY", "NODE_OPTIONS"],
  ...["ANTHROPIC_CUSTOM_HEADERS", "ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_A_NEW_ONE"],
  ...["MINIFLARE_WORKERD_PATH", "PULUMI_NODEJS_MONITOR", "CLOUDFLARE_API_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS"],
])("the demo does not see %s", (name) => {
  const environment = { [name]: "x", PATH: "/bin" };
  forgetUsersVariables(environment);
  expect(environment).toEqual({ PATH: "/bin" });
});

it.each(["PATH", "Path", "HOME", "TMPDIR", "SystemRoot", "NO_COLOR", "npm_lifecycle_event"])(
  "the demo keeps %s",
  (name) => {
    const environment = { [name]: "x" };
    forgetUsersVariables(environment);
    expect(environment).toEqual({ [name]: "x" });
  },
);

it("forgetClientsVariables drops only proxy and SDK variables", () => {
  const environment = { http_proxy: "x", NODE_USE_ENV_PROXY: "1", ANTHROPIC_LOG: "debug", PULUMI_HOME: "/p", CI: "1" };
  forgetClientsVariables(environment);
  expect(environment).toEqual({ PULUMI_HOME: "/p", CI: "1" });
});
