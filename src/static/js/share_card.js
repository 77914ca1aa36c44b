// The card that WeChat shows where this page is passed on, from the page's own og: tags. Loaded only inside WeChat.
// It must run in the engine of old phones (Chrome 78): no optional chaining.
{
  const content = (name) => {
    const tag = document.querySelector(`meta[property="og:${name}"]`);
    return tag ? tag.content : "";
  };
  const address = location.href.split("#")[0];
  const source = document.querySelector('meta[name="wechat-signature"]').content;

  const show = () => {
    const card = { title: content("title"), desc: content("description"), link: address, imgUrl: content("image") };
    window.wx.updateAppMessageShareData(card);
    window.wx.updateTimelineShareData({ title: card.title, link: card.link, imgUrl: card.imgUrl });
  };

  // Without a signature WeChat shows the plain link, which works as well.
  fetch(`${source}?url=${encodeURIComponent(address)}`)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
    .then((signed) => {
      window.wx.config({
        appId: signed.app_id,
        timestamp: signed.timestamp,
        nonceStr: signed.nonce,
        signature: signed.signature,
        jsApiList: ["updateAppMessageShareData", "updateTimelineShareData"],
      });
      window.wx.ready(show);
    })
    .catch(() => {});
}
