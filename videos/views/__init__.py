"""The pages. Each fetches through `access`, validates, calls one function, and shows a page or goes to one."""
