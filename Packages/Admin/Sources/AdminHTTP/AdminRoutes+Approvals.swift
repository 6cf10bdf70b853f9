internal import Admin
internal import Core
internal import HTTPServer

/// What takes two operators: consent, refusal, and the command itself (ADM-016, ADM-017). The list of them is one of the lists.
extension AdminRoutes {
    var approvalRoutes: [OperatorRoute] {
        [
            decision("approve", consenting: true), decision("refuse", consenting: false),
            OperatorRoute(
                .post, "/v1/admin/approvals/{approval_id}/carry-out", operation: "carry_out_approval",
                .writing(.read) { call in
                    let waiting = try await waiting(call)
                    guard waiting.asker == call.person.id else { throw ApprovalBodies.anothers }
                    let (route, inner) = try command(of: waiting, for: call.person, call.request)
                    guard call.person.role.permissions.contains(route.handling.permission) else {
                        throw OperatorProblem.missing(route.handling.permission)
                    }
                    guard waiting.status == .given else { throw ApprovalBodies.state(waiting.status) }
                    try await requireFacts(of: waiting, route, inner)
                    try await refusingApprovals { try await desk.approvals.begin(waiting.id, by: call.person.id) }
                    let response: Response
                    do {
                        response = try await route.handling.action(inner.consented)
                    } catch {
                        // What was refused changed nothing: the consent still holds.
                        try await desk.approvals.end(waiting.id, as: .given)
                        throw error
                    }
                    try await desk.approvals.end(waiting.id, as: .done)
                    return response
                }),
            OperatorRoute(
                .post, "/v1/admin/reveals", operation: "ask_for_reveals",
                .consenting(.read, approving: .readAudit) { call in
                    let count = try call.request.decode(RevealsBody.self).count
                    guard (1...200).contains(count) else { throw Problem.invalidField("count", message: "must be from 1 to 200") }
                    try call.requireConsent("More records of people than \(AllowanceKind.reveals.daily) a day take two.")
                    // There is nothing in the database to undo while it is looked at only.
                    if call.isCarriedOut { try await desk.allowances.giveBack(count, of: .reveals, to: call.person.id) }
                    return Response(status: .noContent)
                }),
        ]
    }

    private func decision(_ word: String, consenting: Bool) -> OperatorRoute {
        OperatorRoute(
            .post, "/v1/admin/approvals/{approval_id}/\(word)", operation: "\(word)_approval",
            .writing(.read) { call in
                let waiting = try await waiting(call)
                // A token acts for a program; consent is a person's (ADM-005).
                guard call.request.context[SignedInOperator.self] != nil else { throw ApprovalBodies.consoleOnly }
                guard waiting.asker != call.person.id else { throw ApprovalBodies.own }
                guard let asker = try await accounts.operators().first(where: { $0.id == waiting.asker }) else { throw Problem.notFound }
                let (route, inner) = try command(of: waiting, for: asker, call.request)
                guard call.person.role.permissions.contains(route.handling.approving) else {
                    throw OperatorProblem.missing(route.handling.approving)
                }
                guard waiting.status == .open else { throw ApprovalBodies.state(waiting.status) }
                if consenting { try await requireFacts(of: waiting, route, inner) }
                try await refusingApprovals {
                    try await desk.approvals.decide(waiting.id, consenting: consenting, because: call.reason, by: call.person.id)
                }
                return Response(status: .noContent)
            })
    }

    private func waiting(_ call: OperatorCall) async throws -> OperatorApproval {
        guard let found = try await desk.approvals.approval(try call.request.parameter("approval_id")) else { throw Problem.notFound }
        guard dateSource.now < found.expiresAt else { throw ApprovalBodies.expired }
        return found
    }

    /// The request that waits, as if it came now: its key is the approval, so that it is carried out once whatever happens on the way.
    private func command(
        of waiting: OperatorApproval, for person: Operator, _ outer: Request
    ) throws -> (route: OperatorRoute, call: OperatorCall) {
        let asked = waiting.command
        guard let route = table.first(where: { $0.operation == asked.operation }),
            var request = Request(
                method: Method(rawValue: asked.method), target: asked.target,
                headers: ["Content-Type": "application/json", "Idempotency-Key": waiting.id.description],
                body: asked.body == .null ? [] : try JSON.encode(asked.body), remoteAddress: outer.remoteAddress, id: outer.id)
        else { throw ApprovalBodies.changed }
        request.pathParameters = asked.places
        request.route = route.path
        var call = OperatorCall(request: request, person: person, reason: asked.reason)
        call.isCarriedOut = true
        return (route, call)
    }

    /// What was consented to is what is done: whatever changed meanwhile has to be asked for again.
    private func requireFacts(of waiting: OperatorApproval, _ route: OperatorRoute, _ call: OperatorCall) async throws {
        var looking = call
        looking.isCarriedOut = false
        let change = GatedChange(
            operation: route.operation, rehearsal: route.handling.rehearsal, facts: route.handling.facts,
            approving: route.handling.approving)
        let facts: JSONValue
        do {
            facts = try await gate.outlook(for: looking, change, route.handling.action).facts
        } catch {
            // It would be refused now, which is another thing than what was consented to.
            try await desk.approvals.end(waiting.id, as: .stale)
            throw error
        }
        guard facts == waiting.facts else {
            try await desk.approvals.end(waiting.id, as: .stale)
            throw ApprovalBodies.changed
        }
    }

    /// Gives money away: alone up to the limits of once and of a day, otherwise by two.
    func giving(_ amount: Int64, _ call: OperatorCall, _ body: () async throws -> Response) async throws -> Response {
        guard !call.isConsented else { return try await body() }
        guard amount <= Self.giftCap else { throw ConsentNeeded(cause: "More than 500.00 is given away by two.") }
        let used = ConsentNeeded(cause: "More than 2000.00 on one day is given away by two.")
        guard try !call.isRehearsal else {
            let left = try await desk.allowances.left(of: .money, for: call.person.id)
            guard amount <= left else { throw used }
            return try await body()
        }
        let counted = max(0, amount)
        guard try await desk.allowances.take(counted, of: .money, by: call.person.id) else { throw used }
        do {
            return try await body()
        } catch {
            // What was refused gave nothing away. Of a fault nobody knows: it may have come after the money.
            if let problem = Self.problem(of: error), problem.status.rawValue < 500 {
                try await desk.allowances.giveBack(counted, of: .money, to: call.person.id)
            }
            throw error
        }
    }

    private static func problem(of error: any Error) -> Problem? {
        error as? Problem ?? (error as? any ProblemConvertible)?.problem
    }

    /// The page of one row, as facts.
    func row(_ list: String, _ id: String) async throws -> JSONValue {
        guard let list = OperatorList.named(list) else { return .null }
        return try await rows(list, OperatorListQuery(equal: ["id": id], limit: 1))
    }

    /// Rows of a list, as facts.
    func rows(_ list: OperatorList, _ query: OperatorListQuery) async throws -> JSONValue {
        .array(try await refusingLists { try await desk.lists.page(of: list, query) }.elements.map { .object($0) })
    }

    private func refusingApprovals(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let refusal as ApprovalRefusal {
            switch refusal {
            case .notFound: throw Problem.notFound
            case .own: throw ApprovalBodies.own
            case .another: throw ApprovalBodies.anothers
            case .state(let status): throw ApprovalBodies.state(status)
            case .expired: throw ApprovalBodies.expired
            case .changed: throw ApprovalBodies.changed
            }
        }
    }

    static var approvalDescriptions: [RouteDescription] {
        func change(_ operation: String, _ purpose: String) -> RouteDescription {
            write(operation, purpose, for: .read)
                .header("Idempotency-Key", .string, "The same key within a day is answered as it was the first time.")
                .refuses(Problem.notFound, ApprovalBodies.state(.done), ApprovalBodies.expired, ApprovalBodies.changed)
        }
        let mayTake = Schema.object([:]).withOptional(["reason": reason])
        return [
            change("approve_approval", "Consents to what another operator asked for, by the console, with the permission that it takes.")
                .mayTake(mayTake).answers(.noContent, "It may be carried out.").refuses(ApprovalBodies.own, ApprovalBodies.consoleOnly),
            change("refuse_approval", "Does not consent; it has to be asked for again.")
                .mayTake(mayTake).answers(.noContent, "It is over.").refuses(ApprovalBodies.own, ApprovalBodies.consoleOnly),
            change("carry_out_approval", "Does what a second operator consented to, by whoever asked for it.")
                .mayTake(mayTake).answers(.noContent, "Done.").answers(.ok, "As the command itself answers.", .any)
                .answers(.accepted, "As the command itself answers.", .any).answers(.created, "As the command itself answers.", .any)
                .refuses(ApprovalBodies.anothers),
            write("ask_for_reveals", "Asks for more records of people than a day has.", for: .read)
                .query("validate_only", .boolean, "The answer is what would be.")
                .takes(
                    Schema.object(["count": Schema.integer.limited("minimum", 1).limited("maximum", 200)]).withOptional(["reason": reason])
                )
                .answers(.accepted, "Somebody who may read all of the log has to consent.", ApprovalBodies.asked)
                .answers(.ok, "With `validate_only`: what would follow.", .any),
        ]
    }
}

private struct RevealsBody: Decodable {
    let count: Int64
}

enum ApprovalBodies {
    /// What is answered where a second operator has to consent.
    static let asked = Schema.object(
        "AskedApproval", ["approval_id": .id(OperatorApproval.idPrefix), "cause": .string, "expires_at": .instant])
    static let own = Problem(status: .forbidden, code: "OWN_REQUEST", detail: "Whoever asked for it cannot consent to it.")
    static let anothers = Problem(status: .forbidden, code: "ANOTHERS_REQUEST", detail: "Whoever asked for it carries it out.")
    static let consoleOnly = Problem(
        status: .forbidden, code: "CONSOLE_ONLY", detail: "Consent is given in the console; no token can give it.")
    static let expired = Problem(status: .conflict, code: "APPROVAL_EXPIRED", detail: "Its day is over; it has to be asked for again.")
    static let changed = Problem(
        status: .conflict, code: "APPROVAL_STALE", detail: "What it is about has changed; it has to be asked for again.")

    static func state(_ status: OperatorApproval.Status) -> Problem {
        Problem(status: .conflict, code: "WRONG_STATE", detail: "It is \(status.rawValue), and that cannot be done then.")
    }
}
