/** What loading is measured against: the statement in the header, run on the body as it is. */
export default {
  async fetch(request: Request, env: { DB: D1Database }) {
    const result = await env.DB.prepare(request.headers.get('x-sql') ?? '')
      .bind(await request.text())
      .run()
    return Response.json({ written: result.meta.rows_written })
  },
}
