import { expect, it } from "vitest";
import { callHost, useCloud } from "../testing/cloud.ts";

const cloud = useCloud();

it("answers a request whose target is no URL", async () => {
  expect((await callHost(cloud(), { path: "//" })).status).toBe(404);
});

it("answers for a host that it does not have", async () => {
  const { status, text } = await callHost(cloud(), { host: "example.com", path: "/" });
  expect(status).toBe(502);
  expect(text).toContain("example.com");
});
