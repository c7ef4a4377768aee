/** What others see of the gateway: access log, metrics, spans. Fed with closed records. */
@NullMarked
package dev.customhouse.observe;

import org.jspecify.annotations.NullMarked;
