import { mount } from 'svelte';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './lib/theme.svelte';
import App from './App.svelte';

mount(App, { target: document.getElementById('app')! });
