import { describe, expect, it } from "vitest";
import { newRecord } from "./log.ts";

const recordOf = (method: string) => newRecord(new Request("https://worker.test/", { method }));

describe("the record of a request", () => {
  it.each(["GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH"])("contains its HTTP method: %s", (method) => {
    expect(recordOf(method).http_method).toBe(method);
  });

  it("contains `other` for a method that the caller made up", () => {
    expect(recordOf("BREW").http_method).toBe("other");
  });

  it("has no endpoint at first", () => {
    expect(recordOf("GET").method).toBe("none");
  });

  it("has a unique id", () => {
    const [one, other] = [recordOf("GET").request_id, recordOf("GET").request_id];

    expect(one).toMatch(/^req_failover_[0-9a-f]{32}$/);
    expect(other).not.toBe(one);
  });
});
