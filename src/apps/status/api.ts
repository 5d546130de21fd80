/**
 * The endpoints that tell how the system is, for those who may see every site.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiSchema, OpenApi } from "effect/http-api"
import { ReadAccess } from "../http/access.ts"
import { StatusAnswer } from "./answers.ts"

export const status = HttpApiEndpoint.get("status", "/status", { success: StatusAnswer }).middleware(ReadAccess)
  .annotate(OpenApi.Summary, "How the system is: health, sites, stores and jobs in one answer")

/** The text format of Prometheus. */
export const metrics = HttpApiEndpoint.get("metrics", "/metrics", {
  success: Schema.String.pipe(HttpApiSchema.asText({ contentType: "text/plain; version=0.0.4; charset=utf-8" }))
}).middleware(ReadAccess).annotate(OpenApi.Summary, "The same figures for Prometheus")
