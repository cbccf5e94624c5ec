package dev.caas.entitlement;

import dev.caas.api.CaaSAccount;

/** Where a {@link CaaSAccount} is. */
public record AccountId(String namespace, String name) {
    /** Where this one is. */
    public static AccountId of(CaaSAccount account) {
        return new AccountId(
                account.getMetadata().getNamespace(), account.getMetadata().getName());
    }

    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
