// The answers of the control API. They are generated from docs/openapi.yaml (`npm run check`), so that a member that
// is not there does not compile.
import type { components } from "@api";

type Schemas = components["schemas"];

export type Activity = Schemas["Activity"];
export type ActivityKind = Activity["kind"];
export type Backend = Schemas["Backend"];
export type BackendState = Backend["state"];
export type Connection = Schemas["Connection"];
export type Connections = Schemas["Connections"];
export type Drills = Schemas["Drills"];
export type DrillRun = Schemas["DrillRun"];
export type DrillSample = DrillRun["samples"][number];
export type Load = Schemas["Load"];
export type LogLevel = Schemas["LogLevel"];
export type Protocol = Schemas["Protocol"];
export type Routes = Schemas["Routes"];
export type Series = Schemas["Series"];
export type Panel = Series["series"][number]["panel"];
export type Status = Schemas["Status"];

export type BackendAction = "stop" | "start" | "restart" | "drain" | "undrain";
