# One image for every service of docker-compose.yml: the environment is built in the first stage, the second has no
# compiler, no pip cache and no root.
FROM python:3.12.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /opt/redaction
COPY pyproject.toml hatch_build.py constraints.txt README.md ./
COPY redaction/__init__.py redaction/__init__.py
RUN python -m venv /opt/venv
RUN /opt/venv/bin/python -m pip install --constraint constraints.txt --upgrade pip
RUN /opt/venv/bin/pip install --constraint constraints.txt --editable '.[celery,certificates,pages,s3]' asyncpg

FROM python:3.12.11-slim-bookworm
RUN useradd --uid 50000 --create-home redaction \
 && install -d -o redaction -g redaction /var/lib/redaction /var/lib/redaction/home /var/lib/redaction/ledger /var/lib/redaction/airflow
COPY --from=build /opt/venv /opt/venv
WORKDIR /opt/redaction
COPY pyproject.toml constraints.txt README.md ./
COPY redaction redaction
COPY sql sql
COPY dags dags
COPY plugins plugins
COPY templates templates
COPY docker docker
COPY expectations expectations
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    AIRFLOW_HOME=/var/lib/redaction/airflow \
    REDACTION_HOME=/var/lib/redaction/home \
    PYTHONUNBUFFERED=1
USER redaction
CMD ["redaction", "--help"]
