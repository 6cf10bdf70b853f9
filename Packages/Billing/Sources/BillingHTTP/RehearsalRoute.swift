internal import Billing
internal import Core
internal import HTTPServer

/// Answers commands with `validate_only`: what would follow is told, and nothing is done (BIL-127).
struct RehearsalRoute: Sendable {
    let rehearsals: any CommandRehearsing
    let mails: any MailForecasting
    let dateSource: any DateSource

    /// Does a command and answers what came of it, or rehearses it and answers what would.
    func answer<Result>(
        _ request: Request, _ command: () async throws -> Result, _ response: (Result) throws -> Response
    ) async throws -> Response {
        guard try request.queryValue("validate_only", as: Bool.self) ?? false else { return try response(try await command()) }
        return try .json(JSONValue.object(try await members { _ = try await command() }))
    }

    /// What a command would do, as it is answered.
    func members(of command: () async throws -> Void) async throws -> [String: JSONValue] {
        let (effects, asksProvider) = try await rehearsals.outlook(command)
        let mails = try await mails.mails(after: effects)
        return RehearsalBodies.members(effects, mails, asksProvider: asksProvider, now: dateSource.now)
    }
}

/// What is answered about what would follow. Payloads and ids at the provider are not for everybody who may give the command.
enum RehearsalBodies {
    static func members(
        _ effects: CommandEffects, _ mails: [ForeseenMail], asksProvider: Bool, now: Instant
    ) -> [String: JSONValue] {
        [
            "validate_only": true, "asks_provider": .bool(asksProvider), "changes": .array(effects.changes),
            "money": .array(effects.money), "events": .array(effects.events.map { only(["topic"], of: $0) }),
            "mails": .array(mails.map { ["template": .string($0.template), "recipients": .integer(Int64($0.recipients))] }),
            "intents": .array(effects.orders.map { only(["kind"], of: $0) }), "jobs": .array(effects.jobs),
            "next": .array(
                effects.next(after: now).map { id, next in
                    [
                        "subscription_id": .string(id.description), "at": .string(next.at.description), "what": .string(next.what),
                    ]
                }),
            "untold": .array(Untold.after(effects, asksProvider: asksProvider).map { .string($0.rawValue) }),
        ]
    }

    /// What nobody can know before it happens, and is therefore not told.
    enum Untold: String, CaseIterable {
        /// The command would wait for the provider; what it does with the answer.
        case providerAnswer = "provider_answer"
        /// What the provider tells later of what it was asked for: payments, invoices, ends.
        case providerEvents = "provider_events"
        /// What other parts do when they hear the events, and the mails about that.
        case reactions

        static func after(_ effects: CommandEffects, asksProvider: Bool) -> [Untold] {
            allCases.filter { word in
                switch word {
                case .providerAnswer: asksProvider
                case .providerEvents: asksProvider || !effects.orders.isEmpty
                case .reactions: !effects.events.isEmpty
                }
            }
        }
    }

    private static func only(_ keys: Set<String>, of value: JSONValue) -> JSONValue {
        .object((value.objectValue ?? [:]).filter { keys.contains($0.key) })
    }
}
