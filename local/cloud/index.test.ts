import { expect, it } from "vitest";
import { callHost, useCloud } from "../testing/cloud.ts";

const cloud = useCloud();

it("returns 404 when the request target is not a URL", async () => {
  expect((await callHost(cloud(), { path: "//" })).status).toBe(404);
});

it("returns 502 for an unknown host", async () => {
  const { status, text } = await callHost(cloud(), { host: "example.com", path: "/" });
  expect(status).toBe(502);
  expect(text).toContain("example.com");
});

it("returns 502 or 404 for a host named like a property of every object", async () => {
  expect((await callHost(cloud(), { host: "constructor", path: "/" })).status).toBe(502);
  expect((await callHost(cloud(), { path: "/constructor/v1" })).status).toBe(404);
});
