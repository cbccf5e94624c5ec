package dev.caas.certificate;

import dev.caas.entitlement.AccountId;
import java.util.Optional;

/** The account for certificates that name none, if the cluster's administrator set one. */
public record DefaultAccount(Optional<AccountId> id) {}
