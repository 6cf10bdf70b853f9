import Core
import Identity
import Operations
import Orgs

let start = Instant("2026-03-01T10:00:00.250Z") ?? Instant(secondsSinceEpoch: 0)
let someOrg = Org.ID(high: 1, low: 1)
let someUser = User.ID(high: 2, low: 2)

extension Operations.Operation {
    static func fixture(
        kind: OperationKind = .createGraph, steps: [String] = ["Reserving room", "Creating the database"], result: JSONValue = .null
    ) -> Operations.Operation {
        Operations.Operation(
            accepting: NewOperation(
                kind: kind, org: someOrg, graph: "kg0123456789abcdef0123", startedBy: someUser, message: "Creating the graph", steps: steps,
                result: result),
            id: Operations.Operation.ID(high: 0x19C_A000_0000, low: 7), at: start)
    }

    func after(_ transitions: OperationTransition...) throws -> Operations.Operation {
        try transitions.reduce(self) { try $0.applying($1, at: start + .seconds(1)).operation }
    }
}
