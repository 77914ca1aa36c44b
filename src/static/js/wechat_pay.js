// Opens WeChat's sheet for a payment. The page around it finds out by itself what became of it.
(function () {
  "use strict";

  function open(button) {
    var sent = button.dataset;
    window.WeixinJSBridge.invoke(
      "getBrandWCPayRequest",
      {
        appId: sent.appId,
        timeStamp: sent.timestamp,
        nonceStr: sent.nonce,
        package: sent.package,
        signType: "RSA",
        paySign: sent.signature,
      },
      function () {}
    );
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-wechat-pay]");
    if (!button) {
      return;
    }
    if (window.WeixinJSBridge) {
      open(button);
    } else {
      document.addEventListener("WeixinJSBridgeReady", function () { open(button); }, { once: true });
    }
  });
})();
