// Asks for the page again when the telephone is back on the network, and every half minute.
"use strict";

addEventListener("online", () => location.reload());
setInterval(() => location.reload(), 30000);
