import { storeConformance } from "../conformance.ts";
import { sqliteSubject } from "./sqlite/testing/subject.node.ts";
storeConformance(({ clock }) => sqliteSubject(clock), { name: "sqlite", durable: true });
