"""The film list page: its rows with their actions, filters, search, paging, and the form that adds films."""
