// Asks for the page again when the telephone is back on the network, and every five seconds.
"use strict";

addEventListener("online", () => location.reload());
setInterval(() => location.reload(), 5000);
