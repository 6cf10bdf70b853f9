internal import Admin
internal import HTTPServer

/// A route of the operators: it cannot be put into the table without the permission that it takes (ADM-007).
struct OperatorRoute: Sendable {
    /// What it takes and does.
    struct Handling: Sendable {
        let permission: OperatorPermission
        let isWrite: Bool
        var rehearsal = OperatorGate.Rehearsing.impossible
        /// What a second operator needs to consent.
        let approving: OperatorPermission
        /// What the consent is about.
        var facts: OperatorGate.Facts?
        let action: OperatorGate.Action

        /// Reads.
        static func reading(_ permission: OperatorPermission, _ action: @escaping OperatorGate.Action) -> Handling {
            Handling(permission: permission, isWrite: false, approving: permission, action: action)
        }

        /// Writes: it takes a reason as well (ADM-011).
        static func writing(_ permission: OperatorPermission, _ action: @escaping OperatorGate.Action) -> Handling {
            Handling(permission: permission, isWrite: true, approving: permission, action: action)
        }

        /// Writes by a command that is one transaction: with `validate_only` it is done and undone, and what it did is the answer (ADM-013).
        static func commanding(_ permission: OperatorPermission, _ action: @escaping OperatorGate.Action) -> Handling {
            Handling(permission: permission, isWrite: true, rehearsal: .whole, approving: permission, action: action)
        }

        /// Writes by a command that takes two at times: it says so by ``OperatorCall/requireConsent(_:)`` (ADM-016).
        ///
        /// - Parameters:
        ///   - second: what the second one must be allowed; the same without.
        ///   - facts: what the consent is about: when it changes, the consent is void.
        static func consenting(
            _ permission: OperatorPermission, approving second: OperatorPermission? = nil, about facts: OperatorGate.Facts? = nil,
            _ action: @escaping OperatorGate.Action
        ) -> Handling {
            Handling(
                permission: permission, isWrite: true, rehearsal: .whole, approving: second ?? permission, facts: facts, action: action)
        }

        /// Writes by a command that rehearses itself.
        static func rehearsing(_ permission: OperatorPermission, _ action: @escaping OperatorGate.Action) -> Handling {
            Handling(permission: permission, isWrite: true, rehearsal: .own, approving: permission, action: action)
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

    /// - Parameter table: all routes: the nearest one that shows what this one changes says its version.
    func handler(behind gate: OperatorGate, in table: [OperatorRoute]) -> Router.Handler {
        let shows = table.filter {
            $0.method == .get && $0.path.hasSuffix("}") && (path == $0.path || path.hasPrefix($0.path + "/"))
        }.max { $0.path.utf8.count < $1.path.utf8.count }
        return handling.isWrite
            ? gate.writing(
                handling.permission,
                GatedChange(
                    operation: operation, rehearsal: handling.rehearsal, facts: handling.facts, approving: handling.approving),
                seen: shows?.handling.action, handling.action)
            : gate.reading(handling.permission, handling.action)
    }
}
