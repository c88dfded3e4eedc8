/** Everything that an isolate remembers between requests. All clients share it. */
import { type Bindings, readSettings, type Settings } from "./bindings.ts";
import { CircuitBreaker } from "./failover/circuit-breaker.ts";
import { Neighbours } from "./failover/neighbours.ts";
import { TokenCache } from "./google/token-cache.ts";
import { KnownClients } from "./known-clients.ts";
import { MemoryBudget } from "./request/memory-budget.ts";
import { SecretRotation } from "./secrets-in-use.ts";
import { ConversationMemory } from "./stickiness/conversation-memory.ts";
import { VertexSessions } from "./targets/vertex-session.ts";

export class Isolate {
  readonly settings: Settings;
  readonly clients: KnownClients;
  readonly breaker: CircuitBreaker;
  /** Undefined if the stack counts no failures for a location. */
  readonly neighbours: Neighbours | undefined;
  readonly googleToken: TokenCache;
  readonly memory = new MemoryBudget();
  readonly secrets: SecretRotation;
  readonly conversations: ConversationMemory;
  readonly vertexSessions: VertexSessions;

  /** @throws {BindingError} if a binding is missing or malformed */
  constructor(bindings: Partial<Bindings>) {
    this.settings = readSettings(bindings);
    this.clients = new KnownClients(this.settings.clients);
    const { failureCounter, options } = this.settings;
    this.breaker = new CircuitBreaker(options.breaker);
    this.neighbours = failureCounter && new Neighbours(failureCounter, this.breaker);
    this.googleToken = new TokenCache(this.settings.googleCredentials);
    this.secrets = new SecretRotation(this.settings);
    this.conversations = new ConversationMemory(this.settings.clients.length);
    this.vertexSessions = new VertexSessions(this.settings.gatewayTokens.current);
  }
}
