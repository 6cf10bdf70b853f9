internal import Admin
internal import HTTPServer

/// A route of the operators: it cannot be put into the table without the permission that it takes (ADM-007).
struct OperatorRoute: Sendable {
    /// What it takes and does.
    struct Handling: Sendable {
        let permission: OperatorPermission
        let isWrite: Bool
        let action: OperatorGate.Action

        /// Reads.
        static func reading(_ permission: OperatorPermission, _ action: @escaping OperatorGate.Action) -> Handling {
            Handling(permission: permission, isWrite: false, action: action)
        }

        /// Writes: it takes a reason as well (ADM-011).
        static func writing(_ permission: OperatorPermission, _ action: @escaping OperatorGate.Action) -> Handling {
            Handling(permission: permission, isWrite: true, action: action)
        }
    }

    let method: Method
    let path: String
    let operation: String
    let handling: Handling

    init(_ method: Method, _ path: String, operation: String, _ handling: Handling) {
        self.method = method
        self.path = path
        self.operation = operation
        self.handling = handling
    }

    func handler(behind gate: OperatorGate) -> Router.Handler {
        handling.isWrite ? gate.writing(handling.permission, handling.action) : gate.reading(handling.permission, handling.action)
    }
}
