/** Starts the job of an export that has been stored. To start it twice is to start it once. */
export async function startExport(env: Env, uuid: string): Promise<void> {
  // Unlike `create`, a batch passes over instances that exist.
  await env.EXPORTS.createBatch([{ id: uuid }])
}
