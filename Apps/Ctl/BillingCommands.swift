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
        controls: \(BillingControl.allCases.map(\.rawValue).joined(separator: ", "))
        Off, the work of a control queues and waits; on again, it goes on within a minute, in its order. NAME says who does it.
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
        default: refuse()
        }
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

    private static func refuse() -> Never {
        Command.complain(usage)
        exit(64)
    }
}
