import Billing
import Testing

@Suite struct BlastLimitTests {
    @Test(
        arguments: [
            (19, 0, 0, nil), (20, 0, 0, .hourly), (0, 4, 0, nil), (0, 5, 0, .daily), (0, 5, 599, .daily), (0, 5, 600, nil),
            (0, 19, 2_000, nil), (0, 20, 2_000, .daily), (20, 20, 2_000, .hourly),
        ] as [(Int, Int, Int, BlastLimit.Objection?)])
    func `BIL-132 20 in an hour, one of a hundred in a day and always five: equality is allowed`(
        hour: Int, day: Int, eligible: Int, objection: BlastLimit.Objection?
    ) {
        #expect(BlastLimit.standard.objection(lastHour: hour, lastDay: day, eligible: eligible) == objection)
    }
}
