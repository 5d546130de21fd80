/**
 * The part of the archival Worker's API that finds and mends what is wrong with the archive.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { FINDING_KINDS } from "../../domain/tiers/findings.ts"
import { AdminAccess } from "../http/access.ts"
import { RunAnswer } from "../http/answers.ts"
import { describe } from "../http/describe.ts"
import { Conflict, NotFound } from "../http/problem.ts"
import { Ready } from "../http/ready.ts"

export class RepairGroup extends HttpApiGroup.make("repair", { topLevel: true })
  .add(
    HttpApiEndpoint.post("forget", "/archive/forget", {
      query: {
        site_name: Schema.String.annotate({ description: "the site" }),
        day: Schema.String.annotate({ description: "YYYY-MM-DD, an archived day that cannot be read" }),
        dry_run: describe(Schema.Literals(["true", "false"]), "true: says what is lost, and changes nothing")
      },
      success: Schema.Struct({
        site_name: Schema.String,
        day: Schema.String,
        /** How many samples and points the day held. */
        samples: Schema.Int,
        points: Schema.Int,
        /** Why the day cannot be read. */
        reason: Schema.String,
        /** What was done; null in a dry run. */
        run: Schema.NullOr(RunAnswer)
      }),
      error: [NotFound, Conflict]
    }).middleware(AdminAccess)
      .annotate(OpenApi.Summary, "Forgets an archived day whose object is lost or cannot be read")
  )
  .add(
    HttpApiEndpoint.post("verify", "/archive/verify", {
      query: {
        site_name: Schema.String.annotate({ description: "the site" }),
        start_date: Schema.String.annotate({ description: "YYYY-MM-DD, the first day" }),
        end_date: Schema.String.annotate({ description: "YYYY-MM-DD, the last day, included" })
      },
      success: Schema.Struct({
        site_name: Schema.String,
        /** `damaged` where anything was found. */
        status: Schema.Literals(["sound", "damaged"]),
        /** Objects and samples that were read and compared. */
        objects: Schema.Int,
        samples: Schema.Int,
        findings: Schema.Array(Schema.Struct({
          kind: Schema.Literals(FINDING_KINDS),
          /** The day, or the first day of a month. */
          day: Schema.String,
          /** The key of the object, or the month. */
          subject: Schema.String,
          detail: Schema.String
        })),
        /** Ask again from this day: time ran out before it. Null at the end. */
        next_date: Schema.NullOr(Schema.String)
      }),
      error: NotFound
    }).middleware(AdminAccess)
      .annotate(OpenApi.Summary, "Reads archived objects in full and names what is damaged")
  )
  .add(
    HttpApiEndpoint.post("rebuild", "/archive/rebuild", {
      query: {
        rescan: describe(
          Schema.Literals(["true", "false"]),
          "true: reads every object, even if its row is in place, to restore the time ranges of its points"
        )
      },
      success: Schema.Struct({
        /** Objects in the bucket. */
        objects: Schema.Int,
        /** Catalog rows that were written again from their object. */
        recorded: Schema.Int,
        /** Keys of objects that are older than their row or differ from it: a person must look at them. */
        suspect: Schema.Array(Schema.String),
        /** Objects that could not be read, and why. */
        unreadable: Schema.Array(Schema.Struct({ key: Schema.String, reason: Schema.String })),
        /** Keys of objects that do not describe themselves: `/archive/adopt` reads them. */
        foreign: Schema.Array(Schema.String)
      }),
      error: Conflict
    }).middleware(AdminAccess)
      .annotate(OpenApi.Summary, "Writes the catalog again from the objects in the bucket")
  )
  .middleware(Ready)
{}
