/**
 * What operators ask the gateway: the admin API under {@code /admin/v1}, and {@code /healthz},
 * {@code /readyz} and {@code /metrics}. The doors are {@link dev.customhouse.admin.AdminApi} and
 * {@link dev.customhouse.admin.OperationsApi}; {@link dev.customhouse.admin.KeyService} makes and
 * revokes keys for both the API and the command line.
 *
 * <p>Paths are compared as they came, nothing is decoded or folded: what is checked is what is
 * served. No answer holds a key or a hash, except the one that issues a key.
 */
@NullMarked
package dev.customhouse.admin;

import org.jspecify.annotations.NullMarked;
