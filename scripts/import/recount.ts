import type { OperatorApi, Recount } from '../operator.ts'

const mostRestarts = 5

/** Has the server count all CDRs anew, and says what counters were wrong; false if any is and stays so. */
export const recount = async (api: OperatorApi, repair: boolean, say: (line: string) => void): Promise<boolean> => {
  for (let restarts = 0; restarts <= mostRestarts;) {
    const answer = await api.recount(repair)
    if (answer.done) return report(answer, repair, say)
    if (answer.restarted) restarts++
    say(
      answer.restarted
        ? 'CDRs that had been counted changed, or another recount was under way; counting again'
        : `${answer.recounted} CDRs counted`,
    )
  }
  say('CDRs keep changing while they are counted; try again when no corrections come in')
  return false
}

const report = (
  { recounted, wrong, wrong_marks: wrongMarks, examples }: Extract<Recount, { done: true }>,
  repair: boolean,
  say: (line: string) => void,
): boolean => {
  if (wrong === 0) say(`Counters are right: ${recounted} CDRs`)
  else say(`${wrong} counters ${repair ? 'were wrong and are set right' : 'are wrong; --repair sets them right'}: ${recounted} CDRs`)
  if (wrongMarks > 0)
    say(`${wrongMarks} received CDRs ${repair ? 'were not found by whom they are for, and are' : 'are not found by whom they are for'}`)
  for (const { side, owner_id: owner, account_id: account, unit, start, counted, recounted: found } of examples) {
    const whose = `${side === 0 ? 'customer' : 'vendor'} ${owner}${account === null ? '' : `, account ${account}`}`
    const hours = unit === 0 ? 1 : 24
    const when = new Date(start * hours * 3_600_000).toISOString().slice(0, unit === 0 ? 13 : 10)
    say(`  ${whose}, ${when}: counted ${counted}, there are ${found}`)
  }
  return wrong + wrongMarks === 0 || repair
}
