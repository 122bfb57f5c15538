import { mount } from 'svelte';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './lib/theme.svelte';
import { locale } from './lib/i18n.svelte';
import App from './App.svelte';

void locale.ready.then(() => mount(App, { target: document.getElementById('app')! }));
