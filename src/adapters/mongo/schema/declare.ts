/** How a collection is declared: its fields, of which the database itself refuses others' types, and its indexes. */
import { type IndexDefinition, type IndexOptions, Schema, type SchemaDefinition } from "mongoose";

export const text = { type: String, required: true } as const;
export const number = { type: Number, required: true } as const;
export const bytes = { type: Buffer, required: true } as const;

/** Fields of an object within a document. */
export const within = (fields: SchemaDefinition): Schema => new Schema(fields, { _id: false });

/** A list that is absent where it would be empty: then a sparse index has nothing of the document. */
export const listOf = (fields: SchemaDefinition) => ({ type: [within(fields)], default: undefined });

export type DeclaredIndex = readonly [fields: IndexDefinition, options?: IndexOptions];

export function declare(fields: SchemaDefinition, indexes: readonly DeclaredIndex[] = []): Schema {
  const schema = new Schema(fields, { versionKey: false, autoIndex: false, autoCreate: false });
  for (const [index, options] of indexes) schema.index(index, options);
  return schema;
}
