internal import Billing
internal import Core
internal import Identity
internal import Orgs

/// What the routes of credits answer, with every key present (wire contract 0.2).
enum MoneyBodies {
    static func credits(_ view: AccountCreditView) -> JSONValue {
        [
            "balance": .integer(view.balance.total), "currency": .string(view.balance.currency.code),
            "balance_local": .integer(view.balance.local), "balance_provider": .integer(view.balance.provider),
            "credits": .array(view.credits.map(credit)), "next_cursor": view.next.map { .string($0.description) } ?? .null,
        ]
    }

    private static func credit(_ remaining: RemainingCredit) -> JSONValue {
        let credit = remaining.credit
        return [
            "id": .string(credit.id.description), "amount": .integer(credit.amount.minorUnits), "remaining": .integer(remaining.remaining),
            "currency": .string(credit.amount.currency.code), "source": .string(credit.source.rawValue), "reason": .string(credit.reason),
            "subscription_id": credit.subscription.map { .string($0.description) } ?? .null,
            "invoice_id": credit.invoice.map { .string($0.description) } ?? .null, "expires_at": time(credit.expiresAt),
            "created_at": time(credit.createdAt),
        ]
    }

    static func entries(_ page: Page<AccountCreditEntry>) -> JSONValue {
        let entries = page.elements.map { entry -> JSONValue in
            [
                "id": .string(entry.id.description), "credit_id": .string(entry.credit.description), "sequence": .integer(entry.sequence),
                "kind": .string(entry.kind.rawValue), "home": .string(entry.home.rawValue), "amount": .integer(entry.amount.minorUnits),
                "currency": .string(entry.amount.currency.code), "balance_after": .integer(entry.balanceAfter),
                "remaining_after": .integer(entry.remainingAfter), "invoice_id": entry.invoice.map { .string($0.description) } ?? .null,
                "reason": entry.reason.map { .string($0) } ?? .null, "created_at": time(entry.createdAt),
            ]
        }
        return ["entries": .array(entries), "next_cursor": page.next.map { .string($0.description) } ?? .null]
    }

    static func pools(_ views: [CreditPoolView]) -> JSONValue {
        func sum(_ amount: (CreditPoolView) -> AICredits) -> JSONValue {
            number(AICredits(hundredths: views.reduce(0) { $0 + amount($1).hundredths }))
        }
        return [
            "pools": .array(
                views.map { view in
                    [
                        "id": .string(view.pool.id.description), "resource_type": view.pool.subscriber == nil ? "graph" : "repository",
                        "resource_id": .string(view.pool.resource.description), "plan_name": .string(view.plan.name),
                        "user_id": view.pool.subscriber.map { .string($0.description) } ?? .null,
                        "window_start": time(view.pool.window.start), "window_end": time(view.pool.window.end),
                        "allocation": number(view.pool.allocation), "used": number(view.used), "left": number(view.pool.balance),
                    ]
                }),
            "total_allocation": sum(\.pool.allocation), "total_used": sum(\.used), "total_left": sum(\.pool.balance),
        ]
    }

    static func summary(_ view: CreditPoolView, of name: String) -> JSONValue {
        let allocation = view.pool.allocation.number
        let percentage = allocation > 0 ? min(max(view.used.number / allocation * 100, 0), 100) : 0
        return [
            "graph_id": .string(name), "graph_tier": .string(view.plan.name), "current_balance": number(view.pool.balance),
            "monthly_allocation": number(view.pool.allocation), "consumed_this_month": number(view.used),
            "transaction_count": .integer(Int64(view.transactionCount)), "usage_percentage": .number(percentage),
            "last_allocation_date": time(view.pool.allocatedAt),
        ]
    }

    static func transactions(_ page: CreditPage, start: String, end: String) -> JSONValue {
        let summary = page.uses.map { use in
            let value: JSONValue = [
                "operation_type": .string(use.operationType), "total_amount": number(use.total), "transaction_count": .integer(use.count),
                "average_amount": .number(use.total.number / Double(max(use.count, 1))), "first_transaction": time(use.first),
                "last_transaction": time(use.last),
            ]
            return (use.operationType, value)
        }
        return [
            "transactions": .array(page.transactions.map(transaction)),
            "summary": .object(Dictionary(summary) { first, _ in first }), "total_count": .integer(Int64(page.total)),
            "filtered_count": .integer(Int64(page.transactions.count)), "date_range": ["start": .string(start), "end": .string(end)],
        ]
    }

    private static func transaction(_ line: CreditTransaction) -> JSONValue {
        var metadata: [String: JSONValue] = ["balance_after": number(line.balanceAfter)]
        metadata["operation_type"] = line.operationType.map { .string($0) }
        return [
            "id": .string(line.id.description), "type": .string(line.kind.rawValue), "amount": number(line.amount),
            "description": .string(line.description), "metadata": .object(metadata), "created_at": time(line.createdAt),
            "operation_id": line.operation.map { .string($0) } ?? .null, "idempotency_key": .string(line.key),
            "request_id": line.request.map { .string($0) } ?? .null, "user_id": line.user.map { .string($0.description) } ?? .null,
        ]
    }

    private static func number(_ amount: AICredits) -> JSONValue { .number(amount.number) }

    private static func time(_ instant: Instant?) -> JSONValue { instant.map { .string($0.description) } ?? .null }
}
