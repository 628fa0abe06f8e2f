import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep, type WorkflowStepConfig } from 'cloudflare:workers'
import { advance, begin, close, fail, publish, type Progress } from './job.ts'

/** Outlasts a failure of twenty minutes. */
const PATIENT: WorkflowStepConfig = { retries: { limit: 7, delay: '10 seconds', backoff: 'exponential' }, timeout: '10 minutes' }

/** Makes the file of one export, whose uuid is the id of the instance. */
export class ExportWorkflow extends WorkflowEntrypoint<Env> {
  override async run({ instanceId: uuid }: Readonly<WorkflowEvent<unknown>>, step: WorkflowStep): Promise<void> {
    try {
      let progress = await step.do('begin', PATIENT, () => begin(this.env, uuid))
      while (!progress.ended) {
        const from: Progress = progress
        progress = await step.do(`rows from ${from.rows}`, PATIENT, () => advance(this.env, uuid, from))
      }
      await step.do('close', PATIENT, () => close(this.env, uuid, progress))
      await step.do('publish', PATIENT, () => publish(this.env, uuid, progress))
    } catch (failure) {
      await step.do('fail', PATIENT, () => {
        console.error(JSON.stringify({ export: uuid, failed: failure instanceof Error ? failure.message : String(failure) }))
        return fail(this.env, uuid)
      })
      throw failure
    }
  }
}
