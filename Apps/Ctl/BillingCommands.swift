internal import Billing
internal import Composition
internal import Core
internal import Observability
internal import Postgres

#if canImport(Glibc)
internal import Glibc
#endif

/// `trellis billing …`: shows and flips the switches of Billing, and keeps the endpoint that the provider tells of events
/// (docs/operations/billing-life.md).
enum BillingCommand {
    static let usage = """
        usage: trellis billing controls | billing off CONTROL NAME "REASON" | billing on CONTROL NAME "REASON"
               trellis billing endpoint \(Product.EndpointOrder.allCases.map(\.rawValue).joined(separator: " | "))
               trellis billing report [csv] | billing drift ID | billing repair ID NAME "REASON" | billing dismiss ID NAME "REASON" [UNTIL]
               trellis billing guards | billing release CLASS 1|10|all NAME "REASON"
               trellis billing catalogue preview FILE | billing catalogue activate FILE NAME "REASON"
        controls: \(BillingControl.allCases.map(\.rawValue).joined(separator: ", "))
        Off, the work of a control queues and waits; on again, it goes on within a minute, in its order. NAME says who does it.
        FILE is a catalogue, or `built-in` for the one that ships; the API and the workers take it up when they start again.
        The endpoint is made or mended, given another secret, or freed of its former one.
        """

    /// Runs one of them and ends the process.
    static func run(_ arguments: [String]) -> Never {
        let rest = Array(arguments.dropFirst())
        switch (arguments.first, rest.count) {
        case ("controls", 0): withProduct { try await show($0) }
        case ("on", 3), ("off", 3):
            guard let control = BillingControl(rawValue: rest[0]) else { refuse() }
            let isOn = arguments.first == "on"
            withProduct { product in
                do {
                    try await product.setControl(control, isOn: isOn, because: rest[2], by: rest[1])
                } catch let refusal as ControlRefusal {
                    return Command.complain(refusal.description)
                }
                try await show(product)
            }
        case ("endpoint", 1):
            guard let order = Product.EndpointOrder(rawValue: rest[0]) else { refuse() }
            withProduct { product in
                do {
                    print(try await product.carryOut(order))
                } catch let failure as ProviderFailure {
                    Command.complain("The payment provider does not do it: \(failure.kind.rawValue) \(failure.detail)")
                }
            }
        case ("report", 0), ("report", 1): report(rest.first)
        case ("drift", 1), ("repair", 3), ("dismiss", 3), ("dismiss", 4): drift(arguments)
        case ("catalogue", 2) where rest[0] == "preview":
            withCatalogues { print(try await $0.preview(path(rest[1])), terminator: "") }
        case ("catalogue", 4) where rest[0] == "activate":
            withCatalogues { catalogues in
                print(try await catalogues.activate(path(rest[1]), because: rest[3], by: rest[2]), terminator: "")
                print("It is active. Start the API and the workers again: until then they go on under the former one, and cite it.")
            }
        case ("guards", 0):
            withProduct { product in
                for actionClass in ActionClass.allCases {
                    let (state, due) = try await product.actionGuard(actionClass)
                    let since = state.openedAt.map { "  since \($0.description): \(state.reason ?? "")" } ?? ""
                    print("\(state.isOpen ? "HELD" : "free")  \(actionClass.rawValue)  \(due) due\(since)")
                }
            }
        case ("release", 4):
            guard let actionClass = ActionClass(rawValue: rest[0]), let stage = ReleaseStage(rawValue: rest[1]) else { refuse() }
            withProduct { product in
                try await telling {
                    let done = try await product.releaseActions(actionClass, stage, because: rest[3], by: rest[2])
                    print("\(done.released) released, \(done.remaining) held")
                }
            }
        default: refuse()
        }
    }

    private static func report(_ format: String?) -> Never {
        guard format == nil || format == "csv" else { refuse() }
        withProduct { product in
            guard let report = try await product.driftReport() else { return print("nothing was compared yet") }
            print(try format == nil ? String(decoding: JSON.encode(report.json), as: UTF8.self) : report.csv)
        }
    }

    private static func drift(_ arguments: [String]) -> Never {
        guard let id = DriftItem.ID(arguments[1]) else { refuse() }
        let end = arguments.count > 4 ? Instant(arguments[4]) : nil
        guard arguments.count < 5 || end != nil else { refuse() }
        withProduct { product in
            try await telling {
                switch arguments[0] {
                case "drift": show(try await product.driftPlan(id), "would order")
                case "repair":
                    let plan = try await product.repairDrift(id, because: arguments[3], by: arguments[2])
                    show(plan, plan.isRepeated ? "was ordered before" : "ordered")
                default:
                    try await product.dismissDrift(id, until: end, because: arguments[3], by: arguments[2])
                    print("it may stay\(end.map { " until \($0.description)" } ?? "")")
                }
            }
        }
    }

    private static func telling(_ body: () async throws -> Void) async throws {
        do { try await body() } catch let refusal as ControlRefusal { Command.complain(refusal.description) }
    }

    private static func show(_ plan: DriftRepairPlan, _ word: String) {
        print("\(plan.item.category.rawValue) of \(plan.item.object.description): \(plan.item.ours) here, \(plan.item.theirs) there")
        print("\(word): \(plan.repair.rawValue) (\(plan.effects.joined(separator: ", ")))")
    }

    private static func show(_ product: Product) async throws {
        for state in try await product.controls() {
            let who = state.changedBy.map { "  since \(state.changedAt?.description ?? "?") by \($0): \(state.reason ?? "")" } ?? ""
            print("\(state.isOn ? "on " : "OFF")  \(state.control.rawValue)\(who)")
        }
    }

    private static func withProduct(_ body: @escaping @Sendable (Product) async throws -> Void) -> Never {
        runProcess("trellis") { configuration, log in
            let foundations = try await Foundations(configuration, role: .system, name: "billing", log: log)
            let product = try await Product(foundations)
            try await body(product)
            await product.shutdown()
            await foundations.shutdown()
        }
    }

    private static func path(_ word: String) -> String? { word == "built-in" ? nil : word }

    private static func withCatalogues(_ body: @escaping @Sendable (CatalogueOperations) async throws -> Void) -> Never {
        runProcess("trellis") { configuration, log in
            let foundations = try await Foundations(configuration, role: .system, name: "billing", log: log)
            try await telling { try await body(CatalogueOperations(foundations)) }
            await foundations.shutdown()
        }
    }

    private static func refuse() -> Never {
        Command.complain(usage)
        exit(64)
    }
}
