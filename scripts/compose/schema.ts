/** `schema NOTARY.JSON`: makes the collections and indexes of the database that a notary's configuration names, or brings them up to date. */
import { migrateMongoStore } from "../../src/adapters/mongo/server/connection.js";
import { readNotaryConfiguration } from "../../src/configuration/configuration.js";
import { storeUrl } from "../../src/programs/opening/addresses.js";

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: schema NOTARY.JSON");
const url = storeUrl(readNotaryConfiguration(file));
if (url === undefined) throw new Error(`${file} names no database`);
await migrateMongoStore(url);
console.log("the database has the schema of this version");
