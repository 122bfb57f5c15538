/* What the shop does by itself: who is signed in, the cart, and the pages that show both. The chat needs none of it. */
var _chatq = _chatq || [];

(function () {
  'use strict';

  var plants = {
    maren: ['Maren, boston fern', 'Likes steam, dislikes drama.', 24, 'Bright shade, a damp hand once a week, and a bathroom if there is one.'],
    otto: ['Otto, snake plant', 'Forgives whole holidays.', 32, 'Any light at all, and water when you think of it.'],
    posy: ['Posy, chinese money plant', 'Gives its children away freely.', 19, 'A window to the east, and a turn each Sunday.'],
  };
  var at = function (id) { return document.getElementById(id); };

  // A real shop knows from its own session who is signed in; this one remembers a toggle.
  var customer = {
    uuid: 'FF-20417',
    screenname: 'Nora Lindqvist',
    firstname: 'Nora',
    lastname: 'Lindqvist',
    email: 'nora.lindqvist@example.com',
    extra_values: { customer_id: 'FF-20417', loyalty: 'Evergreen' },
  };
  var signedIn = sessionStorage.getItem('fern:signed-in') === 'yes';
  function showCustomer() {
    at('sign-in').textContent = signedIn ? 'Nora – sign out' : 'Sign in as a customer';
  }
  at('sign-in').addEventListener('click', function () {
    signedIn = !signedIn;
    sessionStorage.setItem('fern:signed-in', signedIn ? 'yes' : 'no');
    // Who signs out leaves nothing to the next at this computer.
    _chatq.push(signedIn ? ['_setIdentity', customer] : ['_reset']);
    showCustomer();
  });
  if (signedIn) _chatq.push(['_setIdentity', customer]);
  showCustomer();

  var cart = JSON.parse(sessionStorage.getItem('fern:cart') || '{}');
  function keepCart() {
    sessionStorage.setItem('fern:cart', JSON.stringify(cart));
    showCart();
  }
  function made(tag, text, parent) {
    var element = document.createElement(tag);
    element.textContent = text;
    parent.appendChild(element);
    return element;
  }
  function showCart() {
    var count = 0;
    var total = 0;
    var list = at('cart');
    if (list) list.replaceChildren();
    Object.keys(cart).forEach(function (id) {
      var plant = plants[id];
      if (!plant) return;
      count += cart[id];
      total += cart[id] * plant[2];
      if (!list) return;
      var row = made('li', '', list);
      made('span', cart[id] + ' × ' + plant[0], row);
      made('span', '€' + cart[id] * plant[2], row);
      var remove = made('button', 'Remove', row);
      remove.className = 'button quiet';
      remove.type = 'button';
      remove.setAttribute('aria-label', 'Remove ' + plant[0]);
      remove.addEventListener('click', function () {
        delete cart[id];
        keepCart();
        at('removed').textContent = plant[0] + ' is no longer in the cart.';
        at('main').focus();
      });
    });
    at('cart-count').textContent = count;
    if (!list) return;
    at('empty').hidden = count > 0;
    at('sum').hidden = count === 0;
    at('total').textContent = total;
  }
  showCart();

  if (at('add')) {
    var id = new URLSearchParams(location.search).get('plant');
    if (!Object.prototype.hasOwnProperty.call(plants, id)) id = 'maren';
    var plant = plants[id];
    document.querySelector('.plant-name').textContent = plant[0];
    document.title = plant[0] + ' – Fern & Fable';
    at('plant-text').textContent = plant[1];
    at('plant-price').textContent = plant[2];
    at('plant-care').textContent = plant[3];
    at('plant-picture').setAttribute('href', '#' + id);
    at('add').addEventListener('click', function () {
      cart[id] = (cart[id] || 0) + 1;
      keepCart();
      at('added').textContent = plant[0] + ' is in the cart.';
    });
  }

  function answered(form, place, text, then) {
    if (!at(form)) return;
    at(form).addEventListener('submit', function (event) {
      event.preventDefault();
      at(form).reset();
      at(place).textContent = text;
      then();
    });
  }
  answered('order', 'ordered', 'Thank you! Your plants are as good as on their way.', function () {
    cart = {};
    keepCart();
  });
  answered('letter', 'sent', 'Thank you! We would answer in the morning.', function () {});
})();
